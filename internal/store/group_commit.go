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
// It has no goroutine while it is idle. Statements run under a context of their own: that one caller leaves costs the
// others nothing.
type groupCommit[K comparable, V any] struct {
	name     string // of the statement
	most     int    // keys of one statement; 1: each key is one of its own, side by side with the others
	write    func(ctx context.Context, keys []K) ([]V, error)
	observer observe.Observer // nil: nobody is told

	mu       sync.Mutex
	underWay bool
	gathered []*arrival[K, V]
}

// arrival is one key and whoever waits for it.
type arrival[K comparable, V any] struct {
	key   K
	meter *meter.Meter      // nil where nobody counts
	ctx   context.Context   // the caller's, for the observer: the statement does not run under it
	ended chan committed[V] // has room, so that nobody waits for a caller that left
}

// committed is what became of one key.
type committed[V any] struct {
	value V
	err   error
}

// commitTimeout bounds one statement of a group, with its repetitions.
const commitTimeout = 10 * time.Second

// do writes the keys and returns what became of each, in their order; they are gathered at once, and so share a
// statement as far as there is room. When ctx ends, nothing is written for keys whose statement has not begun, and the
// others may be written or not.
func (g *groupCommit[K, V]) do(ctx context.Context, keys ...K) []committed[V] {
	results := make([]committed[V], len(keys))
	if err := ctx.Err(); err != nil {
		fail(results, classify(ctx, err))
		return results
	}
	arrivals := make([]*arrival[K, V], len(keys))
	for i, key := range keys {
		arrivals[i] = &arrival[K, V]{key, meter.From(ctx), ctx, make(chan committed[V], 1)}
	}
	if g.most == 1 {
		var all sync.WaitGroup
		for i := range arrivals {
			all.Go(func() { results[i] = g.attempt(ctx, arrivals[i:i+1])[0] })
		}
		all.Wait()
		return results
	}
	g.gather(arrivals)
	for i, a := range arrivals {
		select {
		case results[i] = <-a.ended:
		case <-ctx.Done():
			g.leave(arrivals[i:])
			fail(results[i:], classify(ctx, ctx.Err()))
			return results
		}
	}
	return results
}

func fail[V any](results []committed[V], err error) {
	for i := range results {
		results[i].err = err
	}
}

func (g *groupCommit[K, V]) gather(arrivals []*arrival[K, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gathered = append(g.gathered, arrivals...)
	if !g.underWay {
		g.underWay = true
		go g.run()
	}
}

// leave takes out those whose statement has not begun.
func (g *groupCommit[K, V]) leave(arrivals []*arrival[K, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gathered = slices.DeleteFunc(g.gathered, func(a *arrival[K, V]) bool { return slices.Contains(arrivals, a) })
}

// run writes one group after the other until nobody has gathered.
func (g *groupCommit[K, V]) run() {
	for {
		group := g.next()
		if group == nil {
			return
		}
		for i, result := range g.commit(group) {
			group[i].ended <- result
		}
	}
}

// next is who gathered, nil where nobody did: then nothing is under way any more.
func (g *groupCommit[K, V]) next() []*arrival[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.gathered) == 0 {
		g.underWay, g.gathered = false, nil
		return nil
	}
	n := min(len(g.gathered), g.most)
	group := slices.Clone(g.gathered[:n])
	g.gathered = slices.Delete(g.gathered, 0, n)
	return group
}

// commit writes a group. Where a statement of several fails for what may be the fault of one of them, each gets one of
// its own.
func (g *groupCommit[K, V]) commit(group []*arrival[K, V]) []committed[V] {
	results := g.attempt(context.Background(), group)
	if len(group) == 1 || results[0].err == nil || apperr.CodeOf(results[0].err) != apperr.Internal {
		return results
	}
	for i := range group {
		results[i] = g.attempt(context.Background(), group[i:i+1])[0]
	}
	return results
}

// attempt runs one statement, and charges it to the operations that have a key in it, once to each.
func (g *groupCommit[K, V]) attempt(ctx context.Context, group []*arrival[K, V]) (results []committed[V]) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	ctx, spent := meter.With(ctx)
	ctx, tell := g.begin(ctx, group)
	results = make([]committed[V], len(group))
	defer func() {
		if fault := recover(); fault != nil {
			fail(results, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
		}
		tell(results[0].err)
		charged := map[*meter.Meter]bool{nil: true}
		for _, a := range group {
			if !charged[a.meter] {
				charged[a.meter] = true
				a.meter.Join(spent)
			}
		}
	}()
	keys := make([]K, len(group))
	for i, a := range group {
		keys[i] = a.key
	}
	values, err := g.write(ctx, keys)
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
	told := observe.Group{Name: g.name, Keys: len(group), Callers: make([]context.Context, len(group))}
	for i, a := range group {
		told.Callers[i] = a.ctx
	}
	ctx = g.observer.GroupBegins(ctx, told)
	return ctx, func(err error) { g.observer.GroupEnds(ctx, told, err) }
}
