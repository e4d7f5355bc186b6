package limit

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

// queue is a Turns with one worker. It records the order of the callers, and their errors.
type queue struct {
	*Turns
	mu     sync.Mutex
	served []string
	errs   map[string]error
}

// newQueue returns a queue whose worker is busy.
func newQueue(t *testing.T, length int) *queue {
	t.Helper()
	q := &queue{Turns: NewTurns(1, length, time.Now), errs: map[string]error{}}
	_, err := q.Take(t.Context(), netip.MustParseAddr("203.0.113.1"), false)
	require.NoError(t, err)
	return q
}

// come lets a caller wait for a turn; a name that begins with "known" makes it a known one. It must be called in a
// bubble of synctest. Time does not pass.
func (q *queue) come(ctx context.Context, name, address string) {
	go func() {
		_, err := q.Take(ctx, netip.MustParseAddr(address), strings.HasPrefix(name, "known"))
		q.mu.Lock()
		defer q.mu.Unlock()
		if err != nil {
			q.errs[name] = err
			return
		}
		q.served = append(q.served, name)
	}()
	synctest.Wait()
}

// order returns the callers that had a turn, in order.
func (q *queue) order() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.served)
}

// err returns the error of a caller.
func (q *queue) err(name string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.errs[name]
}

// refusedCount returns how many callers got an error.
func (q *queue) refusedCount() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.errs)
}

// finish ends n turns.
func (q *queue) finish(n int) {
	for range n {
		q.Done()
		synctest.Wait()
	}
}

// TestTurns: networks take turns, regardless of the number of their callers.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 256)
		for n := range 3 {
			q.come(t.Context(), fmt.Sprint("flood ", n), "192.0.2.1")
		}
		q.come(t.Context(), "bystander", "192.0.2.2")
		for n := range 2 {
			q.come(t.Context(), fmt.Sprint("other ", n), "192.0.2.3")
		}
		q.finish(7)
		require.Equal(t, []string{"flood 0", "bystander", "other 0", "flood 1", "other 1", "flood 2"}, q.order())
		require.Zero(t, q.refusedCount())
		working, waiting, refused := q.Load()
		require.Equal(t, []int{0, 0, 0}, []int{working, waiting, int(refused)})
	})
}

// TestTurnsCountPastTurns: sixty networks that ask continuously do not delay one that did not ask before, even if all
// begin at the same time.
func TestTurnsCountPastTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 256)
		attacker := func(n int) string { return fmt.Sprintf("192.0.2.%d", n) }
		for n := range 60 {
			for range 3 {
				q.come(t.Context(), "attacker", attacker(n))
			}
		}
		for round := range 20 { // one turn per 300 ms, after which the network asks again
			for range 4 {
				<-time.After(300 * time.Millisecond)
				q.finish(1)
				q.come(t.Context(), "attacker", attacker(round))
			}
			before := len(q.order())
			q.come(t.Context(), "bystander", fmt.Sprintf("198.51.100.%d", round))
			q.finish(1)
			require.Equal(t, "bystander", q.order()[before], "round %d", round)
		}
		q.finish(256) // the others
	})
}

// TestTurnsForgive: successful sign-ins leave no debt.
func TestTurnsForgive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 256)
		office, other := netip.MustParseAddr("2001:db8::1"), "2001:db8:0:1::1"
		q.finish(1)
		for range 100 {
			from, err := q.Take(t.Context(), office, false)
			require.NoError(t, err)
			q.Done()
			q.Forgive(from)
		}
		_, err := q.Take(t.Context(), netip.MustParseAddr(other), false)
		require.NoError(t, err)
		q.come(t.Context(), "same site", other)
		q.come(t.Context(), "office", office.String())
		q.come(t.Context(), "elsewhere", "2001:db8:1::1")
		q.finish(4)
		require.Equal(t, []string{"elsewhere", "office", "same site"}, q.order(), "a site's debt counts, a little")
	})
}

// TestKnownCallersGoFirst: known callers go first, regardless of the debt of their network, and are not removed from
// the queue.
func TestKnownCallersGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 4)
		q.come(t.Context(), "stranger", "192.0.2.1")
		q.come(t.Context(), "known 1", "203.0.113.1") // from the network that has the turn now
		q.come(t.Context(), "known 2", "192.0.2.3")
		q.come(t.Context(), "other", "192.0.2.4")
		q.come(t.Context(), "known 3", "203.0.113.1")
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("other")))
		q.finish(5)
		require.Equal(t, []string{"known 2", "known 1", "known 3", "stranger"}, q.order())
	})
}

// TestPreferencesAreLimited: known callers that sign in repeatedly do not keep out unknown ones, even from many
// networks of a site. Known callers of other networks still go first.
func TestPreferencesAreLimited(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]struct {
		address func(n int) string
		most    int // how many of them go first
	}{
		"a network": {func(int) string { return "192.0.2.1" }, 5},
		"a site":    {func(n int) string { return fmt.Sprintf("2001:db8:1:%x::1", n) }, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(t, 256)
				var want []string
				for n := range 100 {
					q.come(t.Context(), fmt.Sprint("known ", n), from.address(n))
					if n < from.most {
						want = append(want, fmt.Sprint("known ", n))
					}
				}
				q.come(t.Context(), "stranger", "198.51.100.1")
				q.come(t.Context(), "known elsewhere", "198.51.100.2")
				q.finish(103)
				served := q.order()
				require.ElementsMatch(t, append(want, "known elsewhere"), served[:from.most+1])
				require.Less(t, slices.Index(served, "stranger"), from.most+3, "and not after all of them")

				<-time.After(time.Minute)
				_, err := q.Take(t.Context(), netip.MustParseAddr("198.51.100.9"), false)
				require.NoError(t, err)
				q.come(t.Context(), "stranger later", "198.51.100.3")
				q.come(t.Context(), "known later", from.address(0))
				q.finish(3)
				require.Equal(t, []string{"known later", "stranger later"}, q.order()[102:], "another one after a minute")
			})
		})
	}
}

// TestTurnsFull: if the queue is full, the network with the most callers in it loses one.
func TestTurnsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 3)
		q.come(t.Context(), "other", "192.0.2.2")
		for n := range 3 {
			q.come(t.Context(), fmt.Sprint("flood ", n), "192.0.2.1")
		}
		require.Equal(t, 1, q.refusedCount())
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("flood 2")))
		q.come(t.Context(), "bystander", "192.0.2.3")
		require.Equal(t, 2, q.refusedCount())
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("flood 1")))
		q.come(t.Context(), "late", "192.0.2.4")
		require.Equal(t, 3, q.refusedCount(), "each network has one waiter, so none makes room")
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("late")))
		q.finish(4)
		require.Equal(t, []string{"other", "flood 0", "bystander"}, q.order())
	})
}

func TestTurnsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 3)
		began := time.Now()
		q.come(t.Context(), "blockingStore", "192.0.2.1")
		leaving, leave := context.WithCancel(t.Context())
		q.come(leaving, "leaving", "192.0.2.2")
		leave()
		synctest.Wait()
		require.ErrorIs(t, q.err("leaving"), context.Canceled)
		<-time.After(patience)
		synctest.Wait()
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("blockingStore")), "it waits no longer than is useful")
		require.Equal(t, patience, time.Since(began))
		q.finish(1)
		working, waiting, refused := q.Load()
		require.Equal(t, []int{0, 0, 1}, []int{working, waiting, int(refused)})
	})
}
