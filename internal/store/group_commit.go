package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
)

// groupCommit batches writes: while as many statements are running as may, new keys are queued, and when one ends, all
// queued keys form the next statement. If fewer are running, a key is written at once.
//
// A statement that is still running after groupLockTimeout no longer blocks the queue: the next statement starts beside
// it. If the slow statement waits for a lock, it times out after the same time. The keys that need the locked row then
// wait separately (see waitingKeys), and the other keys are written.
//
// An idle groupCommit has no goroutine. Statements run under a separate context, so a caller whose context ends does
// not cancel the writes of others.
type groupCommit[K comparable, V any] struct {
	name        string // name of the statement, for the observer
	maxKeys     int    // maximum keys per statement; 1: each key gets a separate statement, and they run concurrently
	parallel    int    // maximum statements that block the queue; 0 means 1
	concurrency int    // maximum concurrent statements, including those that no longer block the queue; 0 means 1
	// write writes keys. If lockTimeout is positive, it waits for a lock no longer than that; the error then has
	// SQLSTATE 55P03.
	write     func(ctx context.Context, keys []K, lockTimeout time.Duration) ([]V, error)
	lockNames func(K) []string // names the rows that a key locks, the most contended row last
	readLocks func(ctx context.Context, names []string) (lockState, error)
	observer  observe.Observer // may be nil

	mu      sync.Mutex
	running int // statements that are running
	overdue int // running statements that no longer block the queue
	queue   []*arrival[K, V]
	waiting waitingKeys[K, V]
}

// arrival is one key and the caller that waits for it.
type arrival[K comparable, V any] struct {
	key    K
	call   *call
	since  time.Time
	meter  *meter.Meter         // may be nil
	ctx    context.Context      // the caller's, for the observer; the statement does not run under it
	result chan commitResult[V] // buffered, so that sending never blocks on a caller that left
}

// call represents one call of do.
type call struct{ waiting int } // its arrivals that wait for a locked row

// commitResult is the result of writing one key.
type commitResult[V any] struct {
	value V
	err   error
}

const (
	// commitTimeout limits one statement including its retries, and how long a key may wait for a locked row.
	commitTimeout = 10 * time.Second
	// groupLockTimeout is how long a statement may block the queue, and how long it may wait for a lock.
	groupLockTimeout = 200 * time.Millisecond
	// retryLockTimeout is the lock timeout for the rest of a group after a lock timeout. In the worst case, finding the
	// one blocked key among 128 takes seven such waits.
	retryLockTimeout = 50 * time.Millisecond
)

// do writes the keys and returns their results in the same order. The keys are queued together, so they share a
// statement if there is room. If ctx ends, keys whose statement has not started are not written. For the other keys it
// is unknown whether they are written.
func (g *groupCommit[K, V]) do(ctx context.Context, keys ...K) []commitResult[V] {
	results := make([]commitResult[V], len(keys))
	if err := ctx.Err(); err != nil {
		fail(results, classify(ctx, err))
		return results
	}
	arrivals, thisCall, now := make([]*arrival[K, V], len(keys)), new(call), time.Now()
	for i, key := range keys {
		arrivals[i] = &arrival[K, V]{key, thisCall, now, meter.From(ctx), ctx, make(chan commitResult[V], 1)}
	}
	if g.maxKeys == 1 {
		var group sync.WaitGroup
		for i := range arrivals {
			group.Go(func() { results[i] = g.attempt(ctx, arrivals[i:i+1], 0)[0] })
		}
		group.Wait()
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

// startNext starts the next statement unless a running statement blocks the queue. The caller holds g.mu.
func (g *groupCommit[K, V]) startNext() {
	if len(g.queue) > 0 && g.running-g.overdue < max(1, g.parallel) && g.running < max(1, g.concurrency) {
		g.running++
		go g.run()
	}
}

// withdraw removes the arrivals whose statement has not started.
func (g *groupCommit[K, V]) withdraw(arrivals []*arrival[K, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = slices.DeleteFunc(g.queue, func(a *arrival[K, V]) bool { return slices.Contains(arrivals, a) })
	for _, a := range arrivals {
		g.removeWaiting(a)
	}
}

// run writes one group after another until the queue is empty or another goroutine does the work.
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
		overdue = true // from now on the timer does nothing
		g.mu.Unlock()
	}
}

// next removes the next group from the queue. It returns nil if the queue is empty or another statement takes over.
func (g *groupCommit[K, V]) next() []*arrival[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		g.queue = nil
	}
	if len(g.queue) == 0 || g.running-g.overdue > max(1, g.parallel) {
		g.running--
		return nil
	}
	n := min(len(g.queue), g.maxKeys)
	group := slices.Clone(g.queue[:n])
	g.queue = slices.Delete(g.queue, 0, n)
	return group
}

// commit writes a group and sends each caller its result. If a statement with several keys fails because one key may be
// invalid, each key gets its own statement. Keys that wait for a lock get their results later.
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

// isStatementError reports whether the data of a statement may have caused an error, rather than the database, a lock
// or a timeout.
func isStatementError(err error) bool {
	code := apperr.CodeOf(err)
	return code == apperr.Internal || code == apperr.DatabaseMismatch
}

// attempt runs one statement and charges its cost once to each operation that has a key in it.
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

// begin reports a group to the observer before it is written. The returned function reports its end.
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
