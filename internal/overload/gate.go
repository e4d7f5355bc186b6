// Package overload lets a bounded number of operations run at once, has a bounded number wait a bounded time for their
// turn, and refuses the rest: a server that is asked for more than it can do goes on doing what it can.
package overload

import (
	"container/list"
	"context"
	"sync"
	"time"

	"followgraph/internal/apperr"
)

// Options bound a Gate. Places and Wait are positive; Queue may be 0.
type Options struct {
	Places int           // operations that run at once
	Queue  int           // operations that wait
	Wait   time.Duration // how long one waits at most
}

// Gate is what operations pass to run. It is safe for concurrent use.
//
// Who waits is served in order while the queue is short-lived. Once the oldest has waited for half of what it may, more
// is asked for than can be done, and some will wait in vain whatever the order: then the newest go first. In order,
// everybody would have waited nearly as long as they may, those too who are refused in the end; so most
// hardly wait, and a few long.
//
// Who finds the queue full has no chance, but is told so as late as who waited in vain: to refuse a small query costs
// half of what it does to answer it, and most of those who are refused at once ask again at once.
type Gate struct {
	options Options

	mu      sync.Mutex
	running int
	waiting list.List // of *waiter, the oldest in front
	entered uint64
	refused uint64
}

// waiter is an operation that waits for its turn.
type waiter struct {
	since time.Time
	turn  chan struct{} // closed when a place is its own
}

// New makes a gate that nobody has passed yet.
func New(options Options) *Gate { return &Gate{options: options} }

// retryAfter is when a client may come back: a busy moment has passed then, or else the client is one of fewer.
const retryAfter = time.Second

func overloaded() error {
	return apperr.Overload(retryAfter, "the server is asked for more than it can do: try again later")
}

// Enter takes a place, which Leave gives back. Its error is OVERLOADED where too many wait already or the wait was in
// vain, and ctx's where ctx ended first; then no place was taken.
func (g *Gate) Enter(ctx context.Context) error {
	g.mu.Lock()
	switch {
	case g.running < g.options.Places:
		g.running++
		g.entered++
		g.mu.Unlock()
		return nil
	case g.waiting.Len() >= g.options.Queue:
		g.mu.Unlock()
		return g.Refuse(ctx)
	}
	w := &waiter{since: time.Now(), turn: make(chan struct{})}
	place := g.waiting.PushBack(w)
	g.mu.Unlock()

	inVain := time.NewTimer(g.options.Wait)
	defer inVain.Stop()
	var err error
	select {
	case <-w.turn:
		return nil
	case <-inVain.C:
		err = overloaded()
	case <-ctx.Done():
		err = ctx.Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.turn: // it came at the same moment
		if ctx.Err() == nil {
			return nil
		}
		g.leave()
		return ctx.Err()
	default:
	}
	g.waiting.Remove(place)
	if ctx.Err() == nil {
		g.refused++
	}
	return err
}

// Leave gives a place back.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leave()
}

// leave hands the place to whoever is next.
func (g *Gate) leave() {
	oldest := g.waiting.Front()
	if oldest == nil {
		g.running--
		return
	}
	next := oldest
	if time.Since(oldest.Value.(*waiter).since) > g.options.Wait/2 {
		next = g.waiting.Back()
	}
	g.entered++
	close(g.waiting.Remove(next).(*waiter).turn)
}

// Check is for an operation of which nothing is known yet: it is Enter's error where the queue is full. The operation
// takes no place, and none is promised.
func (g *Gate) Check(ctx context.Context) error {
	g.mu.Lock()
	chance := g.running < g.options.Places || g.waiting.Len() < g.options.Queue
	g.mu.Unlock()
	if chance {
		return nil
	}
	return g.Refuse(ctx)
}

// Refuse refuses an operation that has not been in the queue. It returns as late as Enter does that waits in vain, with
// the same error.
func (g *Gate) Refuse(ctx context.Context) error {
	g.mu.Lock()
	g.refused++
	g.mu.Unlock()
	held := time.NewTimer(g.options.Wait)
	defer held.Stop()
	select {
	case <-held.C:
		return overloaded()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Load is what a gate has to do.
type Load struct {
	Running, Waiting int    // now
	Entered, Refused uint64 // since the start
}

// Load tells what the gate has to do.
func (g *Gate) Load() Load {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Load{Running: g.running, Waiting: g.waiting.Len(), Entered: g.entered, Refused: g.refused}
}
