package limit

import (
	"net/netip"
	"sync"
	"time"

	"followgraph/internal/apperr"
)

// StreamLimits limit the subscriptions that are open at once. 0 means no limit.
type StreamLimits struct {
	Subscriptions int // of the server
	PerNetwork    int // of one network
	PerCaller     int // of one signed-in caller
	PerConnection int // of one connection
	Connections   int // that have subscriptions
}

// streamRetry is when a refused client may retry: others may have ended subscriptions by then.
const streamRetry = 5 * time.Second

// StreamLimit names one of the limits.
type StreamLimit string

// The limits.
const (
	StreamsOfServer      StreamLimit = "server"
	StreamsOfNetwork     StreamLimit = "network"
	StreamsOfCaller      StreamLimit = "caller"
	StreamsOfConnection  StreamLimit = "connection"
	StreamsOfConnections StreamLimit = "connections"
)

// StreamLimitNames are the names of all limits.
var StreamLimitNames = []StreamLimit{StreamsOfServer, StreamsOfNetwork, StreamsOfCaller, StreamsOfConnection, StreamsOfConnections}

// Streams counts open subscriptions. It is safe for concurrent use.
type Streams struct {
	limits StreamLimits

	mu       sync.Mutex
	open     streamCount
	networks map[netip.Addr]streamCount
	callers  map[string]int
	refused  map[StreamLimit]uint64
}

// streamCount is what is open: subscriptions, and connections that have any.
type streamCount struct{ subscriptions, connections int }

// NewStreams returns a Streams without open subscriptions.
func NewStreams(limits StreamLimits) *Streams {
	return &Streams{
		limits: limits, networks: map[netip.Addr]streamCount{}, callers: map[string]int{}, refused: map[StreamLimit]uint64{},
	}
}

// StreamHolder counts the subscriptions of one connection. It is safe for concurrent use.
type StreamHolder struct {
	of      *Streams
	network netip.Addr
	caller  string
	held    int
}

// Holder returns the holder of a connection from a network, without subscriptions. caller identifies a signed-in
// caller; it is empty for an anonymous one, who is limited by the network alone.
func (s *Streams) Holder(network netip.Addr, caller string) *StreamHolder {
	return &StreamHolder{of: s, network: network, caller: caller}
}

// Open counts a subscription. A large one has a weight above 1, and counts as that many. The error is OVERLOADED if the
// server has too many, otherwise RATE_LIMITED. It names the limit, and nothing is counted.
func (h *StreamHolder) Open(weight int) error {
	s := h.of
	s.mu.Lock()
	defer s.mu.Unlock()
	if which, err := h.check(weight); err != nil {
		s.refused[which]++
		return err
	}
	h.add(weight)
	return nil
}

// RefuseOperation counts and returns the refusal of an operation on a connection that has as many as it may.
func (h *StreamHolder) RefuseOperation() error {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	h.of.refused[StreamsOfConnection]++
	return apperr.Limited(time.Second, "too many operations: the limit for this connection is %d", h.of.limits.PerConnection)
}

// Close ends a subscription of a weight.
func (h *StreamHolder) Close(weight int) {
	if weight == 0 {
		return
	}
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	h.add(-weight)
}

// Held returns the weight of the open subscriptions.
func (h *StreamHolder) Held() int {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	return h.held
}

func (h *StreamHolder) check(weight int) (StreamLimit, error) {
	s, network := h.of, h.of.networks[h.network]
	limits := s.limits
	exceeds := func(open, limit int) bool { return limit > 0 && open+weight > limit }
	switch {
	case exceeds(h.held, limits.PerConnection):
		return StreamsOfConnection, tooManyStreams("this connection", limits.PerConnection)
	case h.caller != "" && exceeds(s.callers[h.caller], limits.PerCaller):
		return StreamsOfCaller, tooManyStreams("one caller", limits.PerCaller)
	case exceeds(network.subscriptions, limits.PerNetwork):
		return StreamsOfNetwork, tooManyStreams("one network", limits.PerNetwork)
	case exceeds(s.open.subscriptions, limits.Subscriptions):
		return StreamsOfServer, apperr.Overload(streamRetry, "the server has the maximum number of subscriptions: try again later")
	case h.held == 0 && limits.Connections > 0 && s.open.connections >= limits.Connections:
		return StreamsOfConnections, apperr.Overload(streamRetry, "the server has the maximum number of connections with subscriptions: try again later")
	}
	return "", nil
}

func tooManyStreams(of string, limit int) error {
	return apperr.Limited(streamRetry, "too many subscriptions: the limit for %s is %d, and a large one counts as several", of, limit)
}

// add counts a weight, which is negative for subscriptions that end.
func (h *StreamHolder) add(weight int) {
	before := h.held
	h.held += weight
	change := streamCount{subscriptions: weight}
	switch {
	case before == 0:
		change.connections = 1
	case h.held == 0:
		change.connections = -1
	}
	s := h.of
	s.open = s.open.plus(change)
	if s.networks[h.network] = s.networks[h.network].plus(change); s.networks[h.network] == (streamCount{}) {
		delete(s.networks, h.network)
	}
	if h.caller == "" {
		return
	}
	if s.callers[h.caller] += weight; s.callers[h.caller] == 0 {
		delete(s.callers, h.caller)
	}
}

func (c streamCount) plus(change streamCount) streamCount {
	return streamCount{c.subscriptions + change.subscriptions, c.connections + change.connections}
}

// StreamLoad is what is open now, and how many subscriptions each limit has refused since the start.
type StreamLoad struct {
	Subscriptions int // by weight
	Connections   int
	Refused       map[StreamLimit]uint64
}

// Load returns the load.
func (s *Streams) Load() StreamLoad {
	s.mu.Lock()
	defer s.mu.Unlock()
	load := StreamLoad{Subscriptions: s.open.subscriptions, Connections: s.open.connections, Refused: make(map[StreamLimit]uint64, len(s.refused))}
	for which, count := range s.refused {
		load.Refused[which] = count
	}
	return load
}

// Limits returns the limits.
func (s *Streams) Limits() StreamLimits { return s.limits }
