package limit_test

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

// The tests run on synctest's clock, on which waiting takes no time.

func pass(d time.Duration) { <-time.After(d) }

// queue lets operations wait at a gate, and records the order in which they enter.
type queue struct {
	*limit.Gate
	all     sync.WaitGroup
	mu      sync.Mutex
	entered []string
	failed  map[string]error
}

// one is the default network of operations.
var one = netip.MustParseAddr("198.51.100.1")

// wait adds an operation to the queue. It returns when the operation waits.
func (q *queue) wait(ctx context.Context, name string) { q.waitFrom(ctx, one, name) }

// waitFrom is wait for an operation of another network.
func (q *queue) waitFrom(ctx context.Context, network netip.Addr, name string) {
	q.all.Go(func() {
		err := q.Enter(ctx, network)
		q.mu.Lock()
		defer q.mu.Unlock()
		if err != nil {
			q.failed[name] = err
			return
		}
		q.entered = append(q.entered, name)
	})
	synctest.Wait()
}

// leave releases a slot and returns the operation that gets it.
func (q *queue) leave() string { return q.leaveFrom(one) }

// leaveFrom releases a slot of another network.
func (q *queue) leaveFrom(network netip.Addr) string {
	q.mu.Lock()
	before := len(q.entered)
	q.mu.Unlock()
	q.Release(network)
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entered) == before {
		return ""
	}
	return q.entered[before]
}

// failure returns the error of an operation, nil if it has none.
func (q *queue) failure(name string) error {
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failed[name]
}

func newQueue(options limit.GateOptions) *queue {
	return &queue{Gate: limit.NewGate(options), failed: map[string]error{}}
}

func requireOverloaded(t *testing.T, err error) {
	t.Helper()
	var refused *apperr.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, apperr.Overloaded, refused.Code)
	require.Equal(t, time.Second, refused.RetryAfter)
}

func TestSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(limit.GateOptions{Slots: 2, Queue: 2, Wait: time.Second})
		require.NoError(t, q.Enter(t.Context(), one))
		require.NoError(t, q.Enter(t.Context(), one))
		q.wait(t.Context(), "a")
		require.NoError(t, q.Check(t.Context(), one))
		q.wait(t.Context(), "b")
		require.Equal(t, limit.GateLoad{Running: 2, Waiting: 2, Entered: 2}, q.Load())
		require.Equal(t, "a", q.leave(), "in order while waits are short")
		require.NoError(t, q.Check(t.Context(), one))
		require.Equal(t, "b", q.leave())
		require.Empty(t, q.leave())
		require.Empty(t, q.leave())
		require.Equal(t, limit.GateLoad{Entered: 4}, q.Load())
		require.NoError(t, q.Enter(t.Context(), one))
	})
}

// TestFullQueue: further operations are refused as late as those that wait in vain.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*limit.Gate, context.Context) error{
		"Enter":  func(g *limit.Gate, ctx context.Context) error { return g.Enter(ctx, one) },
		"Check":  func(g *limit.Gate, ctx context.Context) error { return g.Check(ctx, one) },
		"Refuse": (*limit.Gate).Refuse,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(limit.GateOptions{Slots: 1, Queue: 1, Wait: time.Second})
				require.NoError(t, q.Enter(t.Context(), one))
				q.wait(t.Context(), "a")
				began := time.Now()
				requireOverloaded(t, ask(q.Gate, t.Context()))
				require.Equal(t, time.Second, time.Since(began))
				requireOverloaded(t, q.failure("a"))
				require.Equal(t, limit.GateLoad{Running: 1, Entered: 1, Refused: 2}, q.Load())

				q.wait(t.Context(), "b")
				ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
				defer leave()
				require.ErrorIs(t, ask(q.Gate, ctx), context.DeadlineExceeded, "a client that disconnects is not delayed")
				require.Equal(t, "b", q.leave())
			})
		})
	}
}

func TestNoQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.GateOptions{Slots: 1, Wait: time.Second})
		require.NoError(t, g.Enter(t.Context(), one))
		requireOverloaded(t, g.Enter(t.Context(), one))
		g.Release(one)
		require.NoError(t, g.Enter(t.Context(), one))
	})
}

// TestNewestFirst: if the queue does not shrink, the newest operations go first.
func TestNewestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(limit.GateOptions{Slots: 1, Queue: 10, Wait: 500 * time.Millisecond})
		require.NoError(t, q.Enter(t.Context(), one))
		q.wait(t.Context(), "a")
		q.wait(t.Context(), "b")
		pass(240 * time.Millisecond)
		q.wait(t.Context(), "c")
		q.wait(t.Context(), "d")
		require.Equal(t, "a", q.leave())
		pass(20 * time.Millisecond)
		require.Equal(t, "d", q.leave(), "b has waited for more than half of its time")
		require.Equal(t, "c", q.leave())
		pass(239 * time.Millisecond)
		require.NoError(t, q.failure("b"))
		pass(2 * time.Millisecond)
		requireOverloaded(t, q.failure("b"))
		q.wait(t.Context(), "e")
		q.wait(t.Context(), "f")
		require.Equal(t, "e", q.leave(), "the queue was empty in between")
		require.Equal(t, "f", q.leave())
		require.Empty(t, q.leave())
		require.Equal(t, limit.GateLoad{Entered: 6, Refused: 1}, q.Load())
	})
}

func TestCanceledWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(limit.GateOptions{Slots: 1, Queue: 1, Wait: time.Second})
		require.NoError(t, q.Enter(t.Context(), one))
		ctx, leave := context.WithCancel(t.Context())
		q.wait(ctx, "gone")
		leave()
		require.ErrorIs(t, q.failure("gone"), context.Canceled)
		require.Equal(t, limit.GateLoad{Running: 1, Entered: 1}, q.Load(), "it does not count as refused")
		q.wait(t.Context(), "next")
		require.Equal(t, "next", q.leave())
		require.Empty(t, q.leave())
	})
}

// TestGrantAtTimeout: a slot that is granted at the moment of a timeout is neither lost nor granted twice.
func TestGrantAtTimeout(t *testing.T) {
	t.Parallel()
	const wait = 10 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		for i := range 200 {
			q := newQueue(limit.GateOptions{Slots: 1, Queue: 8, Wait: wait})
			require.NoError(t, q.Enter(t.Context(), one))
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			for j := range 4 {
				if (i+j)%2 == 0 {
					q.wait(ctx, "a")
				} else {
					q.wait(t.Context(), "b")
				}
			}
			pass(wait)
			q.Release(one)
			q.all.Wait()
			cancel()
			load := q.Load()
			require.Zero(t, load.Waiting)
			require.Equal(t, len(q.entered), load.Running)
			require.LessOrEqual(t, load.Running, 1)
		}
	})
}

// TestGateConcurrently: no more operations than slots run, and each one either enters or is refused.
func TestGateConcurrently(t *testing.T) {
	t.Parallel()
	const slots, callers, rounds = 4, 64, 200
	g := limit.NewGate(limit.GateOptions{Slots: slots, Queue: 16, Wait: time.Millisecond})
	var running, done, refused, tooMany atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range rounds {
				if err := g.Enter(t.Context(), one); err != nil {
					refused.Add(1)
					continue
				}
				if running.Add(1) > slots {
					tooMany.Add(1)
				}
				running.Add(-1)
				done.Add(1)
				g.Release(one)
			}
		})
	}
	all.Wait()
	require.Zero(t, tooMany.Load())
	require.Equal(t, int64(callers*rounds), done.Load()+refused.Load())
	require.Equal(t, limit.GateLoad{Entered: uint64(done.Load()), Refused: uint64(refused.Load())}, g.Load())
}

// TestOverload offers twice the capacity for a while. The gate uses its whole capacity, and most operations that enter
// have waited only briefly.
func TestOverload(t *testing.T) {
	t.Parallel()
	const (
		slots   = 4
		service = 10 * time.Millisecond
		offered = 2 * slots * int(time.Second/service) // per second
		seconds = 20
	)
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.GateOptions{Slots: slots, Queue: 32 * slots, Wait: 500 * time.Millisecond})
		var mu sync.Mutex
		var waits []time.Duration
		var all sync.WaitGroup
		for range offered * seconds {
			all.Go(func() {
				came := time.Now()
				if g.Enter(t.Context(), one) != nil {
					return
				}
				waited := time.Since(came)
				pass(service)
				g.Release(one)
				mu.Lock()
				defer mu.Unlock()
				waits = append(waits, waited)
			})
			pass(time.Second / time.Duration(offered))
		}
		all.Wait()
		slices.Sort(waits)
		require.Greater(t, len(waits), offered*seconds/2*95/100)
		require.Less(t, waits[len(waits)*90/100], 50*time.Millisecond)
		require.LessOrEqual(t, waits[len(waits)-1], 500*time.Millisecond)
		require.Zero(t, g.Load().Running)
		require.NoError(t, g.Enter(t.Context(), one), "it is over at once")
	})
}
