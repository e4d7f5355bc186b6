package httpserver

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/viewer"
)

// StreamOptions configure the connections of subscriptions. A zero value means the default.
type StreamOptions struct {
	// Limits are by default those of DefaultStreamLimits, without a limit of connections.
	Limits limit.StreamLimits
	// KeepAlive is how often the server sends something over each connection, so that proxies keep it open. A client
	// that does not answer a WebSocket ping within Options.WriteTimeout is gone. The default is 15 s.
	KeepAlive time.Duration
	// InitTimeout is how long a WebSocket may take from its handshake to connection_init. The default is 5 s.
	InitTimeout time.Duration
}

// Streams are the open connections of subscriptions. They are safe for concurrent use.
type Streams struct {
	options StreamOptions
	limits  *limit.Streams

	mu       sync.Mutex
	open     map[stream]struct{}
	guards   map[string]*guard // by the Cognito id of their callers; each is the first of a list
	stopping bool
}

// stream is a connection of subscriptions.
type stream interface {
	// stop tells the client to come again and closes the connection, after its queries and mutations have ended. It
	// does not block.
	stop()
	// abort closes the connection.
	abort()
}

// DefaultStreamLimits are the limits of subscriptions unless others are configured.
var DefaultStreamLimits = limit.StreamLimits{Subscriptions: 20_000, PerNetwork: 16_000, PerCaller: 1_000, PerConnection: 100}

// NewStreams returns a Streams without connections.
func NewStreams(options StreamOptions) *Streams {
	limits := &options.Limits
	limits.Subscriptions = cmp.Or(limits.Subscriptions, DefaultStreamLimits.Subscriptions)
	limits.PerNetwork = cmp.Or(limits.PerNetwork, DefaultStreamLimits.PerNetwork)
	limits.PerCaller = cmp.Or(limits.PerCaller, DefaultStreamLimits.PerCaller)
	limits.PerConnection = cmp.Or(limits.PerConnection, DefaultStreamLimits.PerConnection)
	if options.KeepAlive == 0 {
		options.KeepAlive = 15 * time.Second
	}
	if options.InitTimeout == 0 {
		options.InitTimeout = 5 * time.Second
	}
	return &Streams{
		options: options, limits: limit.NewStreams(options.Limits), open: map[stream]struct{}{}, guards: map[string]*guard{},
	}
}

// StreamLoad is what is open now.
type StreamLoad struct {
	limit.StreamLoad
	Open int // connections, including those without a subscription
}

// Load returns what is open.
func (s *Streams) Load() StreamLoad {
	s.mu.Lock()
	open := len(s.open)
	s.mu.Unlock()
	return StreamLoad{StreamLoad: s.limits.Load(), Open: open}
}

// holder returns the counter of one connection from an address.
func (s *Streams) holder(from netip.Addr, caller viewer.Viewer) *limit.StreamHolder {
	return s.limits.Holder(limit.Site(from), caller.CognitoID)
}

var errStopping = apperr.New(apperr.Unavailable, "the server is stopping: connect again")

// add adds a connection. The error says that the server is stopping.
func (s *Streams) add(opened stream) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return errStopping
	}
	s.open[opened] = struct{}{}
	return nil
}

// isStopping reports whether the server is stopping.
func (s *Streams) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

func (s *Streams) remove(closed stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, closed)
}

// all returns the open connections.
func (s *Streams) all() []stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]stream, 0, len(s.open))
	for each := range s.open {
		all = append(all, each)
	}
	return all
}

// stop tells all clients to come again. No further connection is accepted.
func (s *Streams) stop() {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	for _, each := range s.all() {
		each.stop()
	}
}

// abort closes all connections.
func (s *Streams) abort() {
	for _, each := range s.all() {
		each.abort()
	}
}

// The range of times after which clients come again after the server has stopped. Each client gets a random one, so
// that the other servers do not get all of them at once.
const (
	minReturn = time.Second
	maxReturn = 5 * time.Second
)

func returnAfter() time.Duration {
	return minReturn + rand.N(maxReturn-minReturn) //nolint:gosec // it spreads load, and is no secret
}

// recheckers is how many callers are looked up at once after a change of accounts. The lookups need the database only
// if the graph is not in memory.
const recheckers = 8

// Recheck ends the streams whose callers' tokens have ended, or that have lost their accounts or roles. cognitoIDs are
// the accounts that have changed; without ids, any account may have changed. Recheck does not block: the streams look at
// their accounts in the background, and before they send an event that comes after this call.
func (s *Streams) Recheck(cognitoIDs []string) {
	changed := s.noteChanges(cognitoIDs)
	if len(changed) == 0 {
		return
	}
	go func() {
		var checks errgroup.Group
		checks.SetLimit(recheckers)
		for _, g := range changed {
			checks.Go(func() error { g.check(); return nil })
		}
		_ = checks.Wait() // checks return no errors
	}()
}

// noteChanges notes that accounts have changed, all of them if cognitoIDs is nil, and returns the guards of their
// streams.
func (s *Streams) noteChanges(cognitoIDs []string) (changed []*guard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	collect := func(first *guard) {
		for g := first; g != nil; g = g.next {
			g.changes.Add(1)
			changed = append(changed, g)
		}
	}
	if cognitoIDs == nil {
		for _, first := range s.guards {
			collect(first)
		}
	}
	for _, id := range cognitoIDs {
		collect(s.guards[id])
	}
	return changed
}

// newContext returns the context of a stream, which outlives the request that began it. It retains only what the log,
// the observers and the rules need of the request.
func newContext(request context.Context) (context.Context, context.CancelFunc) {
	ctx := context.Background()
	if known := aboutOf(request); known != nil {
		ctx = context.WithValue(ctx, aboutKey{}, &about{id: known.id})
	}
	ctx = withObserverOf(ctx, request)
	return context.WithCancel(ctx)
}
