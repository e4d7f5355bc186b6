package httpserver

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"followgraph/graph"
	"followgraph/internal/observe"
)

// outlet sends the events of the subscriptions of one connection, one after the other. It has a goroutine only while a
// subscription may have an event, so an idle connection costs no stack for it.
type outlet struct {
	ctx     context.Context // of the connection, with its caller; it ends with the connection
	timeout time.Duration   // of one event's execution
	log     *slog.Logger
	to      receiver
	guard   *guard // of the connection; nil without a token

	mu      sync.Mutex
	queue   []*feed
	running bool
}

// receiver sends what the feeds of a connection have. One goroutine at a time calls its methods.
type receiver interface {
	// event sends an event. After an error the connection is closed.
	event(f *feed, payload *graph.Payload) error
	// fail ends a feed because of an error.
	fail(f *feed, err error)
}

// feed is one subscription of a connection.
type feed struct {
	out       *outlet
	id        string // of the operation on a WebSocket
	transport observe.Transport
	trusted   bool // whether its document is trusted
	begun     time.Time
	weight    int // in the limits of streams

	// The mutex of the outlet guards these fields.
	events eventStream // nil before the subscription has begun
	queued bool
	taken  bool // whether an event may have been taken that was not sent yet
	over   bool
	sent   int // events
}

// wake makes the outlet look for events of a feed. It does not block.
func (f *feed) wake() {
	o := f.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.over || f.queued || f.events == nil {
		return
	}
	f.queued = true
	o.queue = append(o.queue, f)
	if !o.running {
		o.running = true
		go o.run()
	}
}

// begin gives a feed its events. It reports false if the feed has ended meanwhile; then the caller closes them.
func (f *feed) begin(events eventStream) bool {
	f.out.mu.Lock()
	if f.over {
		f.out.mu.Unlock()
		return false
	}
	f.events = events
	f.begun = time.Now()
	f.out.mu.Unlock()
	observe.From(f.out.ctx).SubscriptionBegins(f.out.ctx, f.transport)
	f.wake() // a resumed subscription may have events already
	return true
}

// end ends a feed: no event of it is sent any more, except one that is being written. It reports whether this call
// ended it, and whether its subscription had begun.
func (f *feed) end(why observe.SubscriptionEnd) (ended, begun bool) {
	f.out.mu.Lock()
	if f.over {
		f.out.mu.Unlock()
		return false, false
	}
	f.over = true
	events, sent, since := f.events, f.sent, f.begun
	f.out.mu.Unlock()
	if events == nil {
		return true, false
	}
	events.Close()
	observe.From(f.out.ctx).SubscriptionEnds(f.out.ctx, observe.Subscription{
		Transport: f.transport, End: why, Took: time.Since(since), Events: sent,
	})
	return true, true
}

// position returns the position up to which all events were sent. It is empty if that is not known, because an event is
// between the subscription and the client. The caller prevents events from being sent meanwhile.
func (f *feed) position() string {
	f.out.mu.Lock()
	events := f.events
	f.out.mu.Unlock()
	if events == nil {
		return ""
	}
	position := events.Position()
	f.out.mu.Lock() // after that: it may be the position of an event that was taken meanwhile
	defer f.out.mu.Unlock()
	if f.taken {
		return ""
	}
	return position
}

// isOver reports whether a feed has ended.
func (f *feed) isOver() bool {
	f.out.mu.Lock()
	defer f.out.mu.Unlock()
	return f.over
}

// count returns how many events were sent.
func (f *feed) count() int {
	f.out.mu.Lock()
	defer f.out.mu.Unlock()
	return f.sent
}

// run sends events until no feed has any. Feeds take turns, so that one with many events does not delay the others.
func (o *outlet) run() {
	for f := o.next(); f != nil; f = o.next() {
		o.deliver(f)
		o.mu.Lock()
		f.taken = false
		o.mu.Unlock()
	}
}

// next returns the next feed, or nil if there is none: then run must return.
func (o *outlet) next() *feed {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.queue, o.running = nil, false
		return nil
	}
	f := o.queue[0]
	o.queue = o.queue[1:]
	f.queued = false // a wake from now on is about later events
	f.taken = true
	return f
}

// deliver sends the next event of a feed, if there is one.
func (o *outlet) deliver(f *feed) {
	payload, err := o.take(f)
	switch {
	case o.ctx.Err() != nil || f.isOver():
	case err != nil:
		o.to.fail(f, err)
	case payload == nil || !o.guard.allowsEvent(o.ctx):
	case o.to.event(f, payload) == nil:
		o.mu.Lock()
		f.sent++
		o.mu.Unlock()
		f.wake() // there may be more
	}
}

// take returns the next event of a feed, nil if there is none.
func (o *outlet) take(f *feed) (payload *graph.Payload, err error) {
	ctx, cancel := context.WithTimeout(o.ctx, o.timeout)
	defer cancel()
	if f.trusted {
		ctx = observe.WithTrusted(ctx)
	}
	defer func() {
		if fault := recover(); fault != nil {
			o.log.ErrorContext(ctx, "panic in a subscription", "panic", fault, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	return f.events.Next(ctx)
}
