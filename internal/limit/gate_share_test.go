package limit_test

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/limit"
)

var (
	other = netip.MustParseAddr("198.51.100.2")
	third = netip.MustParseAddr("2001:db8::")
)

// TestShareOfSlots: a network that floods the gate leaves some slots free, and gets the others if it is alone.
func TestShareOfSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(limit.GateOptions{Slots: 16, Queue: 512, Wait: time.Second, Share: 7})
		for range 80 {
			q.wait(t.Context(), "flood")
		}
		require.Equal(t, limit.GateLoad{Running: 14, Waiting: 66, Entered: 14}, q.Load())
		require.NoError(t, q.Enter(t.Context(), other), "it does not wait")
		require.NoError(t, q.Enter(t.Context(), third))
		q.waitFrom(t.Context(), other, "other")
		require.Equal(t, "other", q.leave(), "it has fewer slots than the flood")
		q.Release(other)
		q.Release(other)
		q.Release(third)
		for range 66 {
			q.leave()
		}
		for q.Load().Running > 0 {
			q.Release(one)
		}
		require.Equal(t, limit.GateLoad{Entered: 83}, q.Load())
	})
}

// TestFewestFirst: the network with the fewest slots gets the next one. Networks with equally many take turns.
func TestFewestFirst(t *testing.T) {
	t.Parallel()
	for name, pressed := range map[string]bool{"in order": false, "newest first": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(limit.GateOptions{Slots: 4, Queue: 64, Wait: time.Second})
				for range 24 {
					q.wait(t.Context(), "flood")
				}
				for range 2 {
					q.waitFrom(t.Context(), other, "other")
					q.waitFrom(t.Context(), third, "third")
				}
				if pressed {
					pass(600 * time.Millisecond)
				}
				var order []string
				for range 3 {
					order = append(order, q.leave())
				}
				slices.Sort(order[:2])
				require.Equal(t, []string{"other", "third"}, order[:2])
				require.Equal(t, "flood", order[2], "it has one slot, like the others, and theirs are newer")
			})
		})
	}
}

// TestOneSlot: with a single slot, a network that floods the gate gets every other turn.
func TestOneSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(limit.GateOptions{Slots: 1, Queue: 64, Wait: time.Second})
		for range 20 {
			q.wait(t.Context(), "flood")
		}
		for range 3 {
			q.waitFrom(t.Context(), other, "other")
		}
		at, order := one, []string{}
		for range 6 {
			name := q.leaveFrom(at)
			order = append(order, name)
			if at = one; name == "other" {
				at = other
			}
		}
		require.Equal(t, []string{"flood", "other", "flood", "other", "flood", "other"}, order)
	})
}

// TestQueueIsShared: a network that fills the queue makes room for others until they have as many operations in it. Its
// operations are refused as late as those that wait in vain.
func TestQueueIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(limit.GateOptions{Slots: 1, Queue: 4, Wait: time.Second})
		require.NoError(t, q.Enter(t.Context(), one))
		for _, name := range []string{"a", "b", "c", "d"} {
			q.wait(t.Context(), name)
		}
		pass(100 * time.Millisecond)
		require.NoError(t, q.Check(t.Context(), other))
		q.waitFrom(t.Context(), other, "x")
		q.waitFrom(t.Context(), other, "y")
		require.Equal(t, 4, q.Load().Waiting)
		require.NoError(t, q.failure("a"))
		began := time.Now()
		requireOverloaded(t, q.Enter(t.Context(), other))
		require.Equal(t, time.Second, time.Since(began), "each has half of the queue")
		for _, name := range []string{"a", "b", "c", "d", "x", "y"} {
			requireOverloaded(t, q.failure(name))
		}
		require.Equal(t, limit.GateLoad{Running: 1, Entered: 1, Refused: 7}, q.Load())
		require.Empty(t, q.leave())
		require.NoError(t, q.Enter(t.Context(), other))
	})
}

// TestFloodDelaysOthersLittle: while one network floods the gate, an operation of another waits for little more than
// one operation to end.
func TestFloodDelaysOthersLittle(t *testing.T) {
	t.Parallel()
	const service = 10 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.GateOptions{Slots: 8, Queue: 256, Wait: 500 * time.Millisecond, Share: 7})
		ctx, stop := context.WithCancel(t.Context())
		var flood sync.WaitGroup
		for range 400 {
			flood.Go(func() {
				for ctx.Err() == nil {
					if g.Enter(ctx, one) == nil {
						pass(service)
						g.Release(one)
					}
				}
			})
		}
		pass(time.Second)
		var longest time.Duration
		for range 200 {
			came := time.Now()
			require.NoError(t, g.Enter(t.Context(), other))
			longest = max(longest, time.Since(came))
			pass(service)
			g.Release(other)
		}
		require.LessOrEqual(t, longest, service)
		before := g.Load().Entered
		pass(time.Second)
		require.InDelta(t, 7*int(time.Second/service), g.Load().Entered-before, 7, "alone it has all slots but one")
		stop()
		flood.Wait()
	})
}
