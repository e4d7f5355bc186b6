package load

import (
	"context"
	"maps"
	"net"
	"sync"
)

// FloodOptions configure a flood.
type FloodOptions struct {
	Address     string // host:port of a loopback interface
	Connections int
	Requests    []Request // sent in this order, repeatedly; their Nodes are ignored

	// PerSource is the number of requests from one address. After that, the connection is replaced by one from another
	// address of 127.0.0.0/8; on Linux, all of them belong to the machine. 0: all requests come from one address.
	PerSource int

	// Kind returns the kind of an answer. Answers are counted by kind.
	Kind func(Answer) string
}

// Flood sends requests on several connections. Each connection sends its next request as soon as it has an answer.
type Flood struct {
	options FloodOptions
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	sent    int
	sources int
	counts  map[string]int
	err     error // the first error
}

// StartFlood sends requests until Stop.
func StartFlood(ctx context.Context, o FloodOptions) *Flood {
	ctx, cancel := context.WithCancel(ctx)
	f := &Flood{options: o, cancel: cancel, counts: make(map[string]int)}
	for range o.Connections {
		f.running.Go(func() { f.send(ctx) })
	}
	return f
}

// Counts returns the number of answers so far, by kind.
func (f *Flood) Counts() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.counts)
}

// Stop ends the flood. It returns the error of a connection that failed before.
func (f *Flood) Stop() error {
	f.cancel()
	f.running.Wait()
	return f.err
}

func (f *Flood) send(ctx context.Context) {
	for {
		err := f.sendFrom(ctx, f.source())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.fail(err)
			return
		}
	}
}

// sendFrom opens a connection and sends the requests that may come from one address.
func (f *Flood) sendFrom(ctx context.Context, source net.IP) error {
	c, err := dial(ctx, f.options.Address, source)
	if err != nil {
		return err
	}
	defer c.close()
	for i := 0; f.options.PerSource == 0 || i < f.options.PerSource; i++ {
		answer, err := c.do(f.next().render())
		if err != nil {
			return err
		}
		f.count(f.options.Kind(answer))
	}
	return nil
}

// source returns an unused address, or nil if all requests come from one.
func (f *Flood) source() net.IP {
	if f.options.PerSource == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sources++
	return net.IPv4(127, byte(1+f.sources>>16), byte(f.sources>>8), byte(f.sources))
}

func (f *Flood) next() Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent++
	return f.options.Requests[(f.sent-1)%len(f.options.Requests)]
}

func (f *Flood) count(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[kind]++
}

func (f *Flood) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}
