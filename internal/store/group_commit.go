package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/meter"
	"followgraph/internal/observe"
)

// groupCommit writes together what arrives at the same moment: while a statement is under way, arrivals gather, and
// when it has ended, all that gathered are the next one. Where nothing is under way, nobody waits.
//
// A statement that has not ended after groupPatience holds up nobody any more: the next one begins beside it. Where it
// waits for a lock it ends by itself then, and the keys that need the locked row are held apart (see held) while the
// others are written.
//
// It has no goroutine while it is idle. Statements run under a context of their own: that one caller leaves costs the
// others nothing.
type groupCommit[K comparable, V any] struct {
	name        string // of the statement
	maxKeys     int    // keys of one statement; 1: each key is one of its own, side by side with the others
	concurrency int    // statements at once at most; 0 is 1
	// write writes keys. It waits for a lock no longer than patience, if that is positive: its error has SQLSTATE 55P03.
	write     func(ctx context.Context, keys []K, lockTimeout time.Duration) ([]V, error)
	lockNames func(K) []string // names what a key locks, the most likely to be locked last
	readLocks func(ctx context.Context, names []string) (lockState, error)
	observer  observe.Observer // nil: nobody is told

	mu      sync.Mutex
	running int // statements under way
	overdue int // those of them that hold up nobody any more
	queue   []*arrival[K, V]
	waiting waitingKeys[K, V]
}

// arrival is one key and whoever waits for it.
type arrival[K comparable, V any] struct {
	key    K
	call   *call
	since  time.Time
	meter  *meter.Meter         // nil where nobody counts
	ctx    context.Context      // the caller's, for the observer: the statement does not run under it
	result chan commitResult[V] // has room, so that nobody waits for a caller that left
}

// call is one call of do.
type call struct{ waiting int } // arrivals of it that are held

// committed is what became of one key.
type commitResult[V any] struct {
	value V
	err   error
}

const (
	// commitTimeout bounds one statement of a group with its repetitions, and how long a key is held.
	commitTimeout = 10 * time.Second
	// groupPatience is how long a statement may hold up the next one, and wait for a lock.
	groupLockTimeout = 200 * time.Millisecond
	// retryPatience is how long what remains of a group may wait for a lock once one of its rows was found locked. To find
	// the one culprit among 128 takes seven such waits, if nothing else tells.
	retryLockTimeout = 50 * time.Millisecond
)

// do writes the keys and returns what became of each, in their order; they are gathered at once, and so share a
// statement as far as there is room. When ctx ends, nothing is written for keys whose statement has not begun, and the
// others may be written or not.
func (g *groupCommit[K, V]) do(ctx context.Context, keys ...K) []commitResult[V] {
	results := make([]commitResult[V], len(keys))
	if err := ctx.Err(); err != nil {
		fail(results, classify(ctx, err))
		return results
	}
	arrivals, this, now := make([]*arrival[K, V], len(keys)), new(call), time.Now()
	for i, key := range keys {
		arrivals[i] = &arrival[K, V]{key, this, now, meter.From(ctx), ctx, make(chan commitResult[V], 1)}
	}
	if g.maxKeys == 1 {
		var all sync.WaitGroup
		for i := range arrivals {
			all.Go(func() { results[i] = g.attempt(ctx, arrivals[i:i+1], 0)[0] })
		}
		all.Wait()
		return results
	}
	g.enqueue(arrivals)
	for i, a := range arrivals {
		select {
		case results[i] = <-a.result:
		case <-ctx.Done():
			g.withdraw(arrivals[i:])
			fail(results[i:], classify(ctx, ctx.Err()))
			return results
		}
	}
	return results
}

func fail[V any](results []commitResult[V], err error) {
	for i := range results {
		results[i].err = err
	}
}

func (g *groupCommit[K, V]) enqueue(arrivals []*arrival[K, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, a := range arrivals {
		if name, ok := g.waitsFor(a); ok {
			g.addWaiting(a, name, false)
		} else {
			g.queue = append(g.queue, a)
		}
	}
	g.startNext()
}

// startNext starts the next statement if nothing is under way that those who gathered should wait for. g.mu is held.
func (g *groupCommit[K, V]) startNext() {
	if len(g.queue) > 0 && g.running == g.overdue && g.running < max(1, g.concurrency) {
		g.running++
		go g.run()
	}
}

// leave takes out those whose statement has not begun.
func (g *groupCommit[K, V]) withdraw(arrivals []*arrival[K, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = slices.DeleteFunc(g.queue, func(a *arrival[K, V]) bool { return slices.Contains(arrivals, a) })
	for _, a := range arrivals {
		g.removeWaiting(a)
	}
}

// run writes one group after the other until nobody has gathered, or somebody else does it.
func (g *groupCommit[K, V]) run() {
	for {
		group := g.next()
		if group == nil {
			return
		}
		overdue := false // guarded by g.mu
		timer := time.AfterFunc(groupLockTimeout, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			if !overdue {
				overdue = true
				g.overdue++
				g.startNext()
			}
		})
		g.commit(group, groupLockTimeout)
		timer.Stop()
		g.mu.Lock()
		if overdue {
			g.overdue--
		}
		overdue = true // too late for the timer
		g.mu.Unlock()
	}
}

// next is who gathered, nil where there is nothing to do for the statement of one more lane.
func (g *groupCommit[K, V]) next() []*arrival[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		g.queue = nil
	}
	if len(g.queue) == 0 || g.running-g.overdue > 1 {
		g.running--
		return nil
	}
	n := min(len(g.queue), g.maxKeys)
	group := slices.Clone(g.queue[:n])
	g.queue = slices.Delete(g.queue, 0, n)
	return group
}

// commit writes a group and tells each caller what became of its key. Where a statement of several fails for what may be
// the fault of one of them, each gets one of its own. Those that wait for a lock are told later.
func (g *groupCommit[K, V]) commit(group []*arrival[K, V], lockTimeout time.Duration) {
	if g.readLocks == nil {
		lockTimeout = 0
	}
	results := g.attempt(context.Background(), group, lockTimeout)
	switch failed := results[0].err; {
	case lockTimeout > 0 && stateOf(failed) == lockNotAvailable:
		g.isolate(group)
	case failed != nil && len(group) > 1 && isStatementError(failed):
		for i := range group {
			g.commit(group[i:i+1], lockTimeout)
		}
	default:
		for i, result := range results {
			group[i].result <- result
		}
	}
}

// isOfStatement reports whether an error is due to what a statement was to write, and not to the database, a lock or the time.
func isStatementError(err error) bool {
	code := apperr.CodeOf(err)
	return code == apperr.Internal || code == apperr.DatabaseMismatch
}

// attempt runs one statement, and charges it to the operations that have a key in it, once to each.
func (g *groupCommit[K, V]) attempt(
	ctx context.Context, group []*arrival[K, V], lockTimeout time.Duration,
) (results []commitResult[V]) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	ctx, usage := meter.With(ctx)
	ctx, report := g.begin(ctx, group)
	results = make([]commitResult[V], len(group))
	defer func() {
		if fault := recover(); fault != nil {
			fail(results, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
		}
		report(results[0].err)
		meters := map[*meter.Meter]bool{nil: true}
		for _, a := range group {
			if !meters[a.meter] {
				meters[a.meter] = true
				a.meter.Join(usage)
			}
		}
	}()
	keys := make([]K, len(group))
	for i, a := range group {
		keys[i] = a.key
	}
	values, err := g.write(ctx, keys, lockTimeout)
	if err != nil {
		fail(results, classify(ctx, err))
		return results
	}
	for i, value := range values {
		results[i].value = value
	}
	return results
}

// begin tells the observer of a group that is about to be written; what it returns tells of its end.
func (g *groupCommit[K, V]) begin(ctx context.Context, group []*arrival[K, V]) (context.Context, func(error)) {
	if g.observer == nil {
		return ctx, func(error) {}
	}
	info := observe.Group{Name: g.name, Keys: len(group), Callers: make([]context.Context, len(group))}
	for i, a := range group {
		info.Callers[i] = a.ctx
	}
	ctx = g.observer.GroupBegins(ctx, info)
	return ctx, func(err error) { g.observer.GroupEnds(ctx, info, err) }
}
