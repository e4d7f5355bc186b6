package overload_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/overload"
)

// The tests run on synctest's clock, on which waiting takes no time.

func pass(d time.Duration) { <-time.After(d) }

// queue has operations wait at a gate, and notes in which order they get in.
type queue struct {
	*overload.Gate
	all     sync.WaitGroup
	mu      sync.Mutex
	entered []string
	failed  map[string]error
}

// wait has an operation wait; it is in the queue when wait returns.
func (q *queue) wait(ctx context.Context, name string) {
	q.all.Go(func() {
		err := q.Enter(ctx)
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

// leave gives a place back and tells who got it.
func (q *queue) leave() string {
	q.mu.Lock()
	before := len(q.entered)
	q.mu.Unlock()
	q.Leave()
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entered) == before {
		return ""
	}
	return q.entered[before]
}

// failure is what became of an operation that did not get in, nil of others.
func (q *queue) failure(name string) error {
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failed[name]
}

func newQueue(options overload.Options) *queue {
	return &queue{Gate: overload.New(options), failed: map[string]error{}}
}

func requireOverloaded(t *testing.T, err error) {
	t.Helper()
	var refused *apperr.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, apperr.Overloaded, refused.Code)
	require.Equal(t, time.Second, refused.RetryAfter)
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(overload.Options{Places: 2, Queue: 2, Wait: time.Second})
		require.NoError(t, q.Enter(t.Context()))
		require.NoError(t, q.Enter(t.Context()))
		q.wait(t.Context(), "a")
		require.NoError(t, q.Check(t.Context()))
		q.wait(t.Context(), "b")
		require.Equal(t, overload.Load{Running: 2, Waiting: 2, Entered: 2}, q.Load())
		require.Equal(t, "a", q.leave(), "in order while nobody waits long")
		require.NoError(t, q.Check(t.Context()))
		require.Equal(t, "b", q.leave())
		require.Empty(t, q.leave())
		require.Empty(t, q.leave())
		require.Equal(t, overload.Load{Entered: 4}, q.Load())
		require.NoError(t, q.Enter(t.Context()))
	})
}

// TestFullQueue refuses further ones, as late as those who wait in vain.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*overload.Gate, context.Context) error{
		"Enter": (*overload.Gate).Enter, "Check": (*overload.Gate).Check, "Refuse": (*overload.Gate).Refuse,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(overload.Options{Places: 1, Queue: 1, Wait: time.Second})
				require.NoError(t, q.Enter(t.Context()))
				q.wait(t.Context(), "a")
				began := time.Now()
				requireOverloaded(t, ask(q.Gate, t.Context()))
				require.Equal(t, time.Second, time.Since(began))
				requireOverloaded(t, q.failure("a"))
				require.Equal(t, overload.Load{Running: 1, Entered: 1, Refused: 2}, q.Load())

				q.wait(t.Context(), "b")
				ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
				defer leave()
				require.ErrorIs(t, ask(q.Gate, ctx), context.DeadlineExceeded, "who leaves is not held")
				require.Equal(t, "b", q.leave())
			})
		})
	}
}

func TestNoQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := overload.New(overload.Options{Places: 1, Wait: time.Second})
		require.NoError(t, g.Enter(t.Context()))
		requireOverloaded(t, g.Enter(t.Context()))
		g.Leave()
		require.NoError(t, g.Enter(t.Context()))
	})
}

// TestNewestFirst: when the queue does not get shorter, whoever waits longest does so in vain.
func TestNewestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(overload.Options{Places: 1, Queue: 10, Wait: 500 * time.Millisecond})
		require.NoError(t, q.Enter(t.Context()))
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
		require.Equal(t, overload.Load{Entered: 6, Refused: 1}, q.Load())
	})
}

func TestLeftWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(overload.Options{Places: 1, Queue: 1, Wait: time.Second})
		require.NoError(t, q.Enter(t.Context()))
		ctx, leave := context.WithCancel(t.Context())
		q.wait(ctx, "gone")
		leave()
		require.ErrorIs(t, q.failure("gone"), context.Canceled)
		require.Equal(t, overload.Load{Running: 1, Entered: 1}, q.Load(), "it does not count as refused")
		q.wait(t.Context(), "next")
		require.Equal(t, "next", q.leave())
		require.Empty(t, q.leave())
	})
}

// TestTurnInTheLastMoment has turns come at the very moment when waits end: no place is lost, and none is given twice.
func TestTurnInTheLastMoment(t *testing.T) {
	t.Parallel()
	const wait = 10 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		for i := range 200 {
			q := newQueue(overload.Options{Places: 1, Queue: 8, Wait: wait})
			require.NoError(t, q.Enter(t.Context()))
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			for j := range 4 {
				if (i+j)%2 == 0 {
					q.wait(ctx, "a")
				} else {
					q.wait(t.Context(), "b")
				}
			}
			pass(wait)
			q.Leave()
			q.all.Wait()
			cancel()
			load := q.Load()
			require.Zero(t, load.Waiting)
			require.Equal(t, len(q.entered), load.Running)
			require.LessOrEqual(t, load.Running, 1)
		}
	})
}

// TestManyAtOnce: never more than the places run, and everybody is either let in or refused.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const places, callers, rounds = 4, 64, 200
	g := overload.New(overload.Options{Places: places, Queue: 16, Wait: time.Millisecond})
	var running, done, refused, tooMany atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range rounds {
				if err := g.Enter(t.Context()); err != nil {
					refused.Add(1)
					continue
				}
				if running.Add(1) > places {
					tooMany.Add(1)
				}
				running.Add(-1)
				done.Add(1)
				g.Leave()
			}
		})
	}
	all.Wait()
	require.Zero(t, tooMany.Load())
	require.Equal(t, int64(callers*rounds), done.Load()+refused.Load())
	require.Equal(t, overload.Load{Entered: uint64(done.Load()), Refused: uint64(refused.Load())}, g.Load())
}

// TestOverload offers twice what can be done for a while: as much is done as can be, and whoever is let in has
// hardly waited, but for few.
func TestOverload(t *testing.T) {
	t.Parallel()
	const (
		places  = 4
		service = 10 * time.Millisecond
		offered = 2 * places * int(time.Second/service) // in a second
		seconds = 20
	)
	synctest.Test(t, func(t *testing.T) {
		g := overload.New(overload.Options{Places: places, Queue: 32 * places, Wait: 500 * time.Millisecond})
		var mu sync.Mutex
		var waits []time.Duration
		var all sync.WaitGroup
		for range offered * seconds {
			all.Go(func() {
				came := time.Now()
				if g.Enter(t.Context()) != nil {
					return
				}
				waited := time.Since(came)
				pass(service)
				g.Leave()
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
		require.NoError(t, g.Enter(t.Context()), "it is over at once")
	})
}
