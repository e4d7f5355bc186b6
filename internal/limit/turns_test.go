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

// queue is turns of one worker that a test ends one by one, and the names of those whose turn it was.
type queue struct {
	*Turns
	mu     sync.Mutex
	served []string
	errs   map[string]error
}

// newQueue has somebody at work.
func newQueue(t *testing.T, places int) *queue {
	t.Helper()
	q := &queue{Turns: NewTurns(1, places, time.Now), errs: map[string]error{}}
	_, err := q.Take(t.Context(), netip.MustParseAddr("203.0.113.1"), false)
	require.NoError(t, err)
	return q
}

// come has a caller wait for a turn, a known one where its name says so. It must be called in a bubble of synctest, and time stands still.
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

// order returns who had a turn; err, the error of who had none; turnedAway, how many had none.
func (q *queue) order() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.served)
}

func (q *queue) err(name string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.errs[name]
}

func (q *queue) turnedAway() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.errs)
}

// finish ends so many turns.
func (q *queue) finish(n int) {
	for range n {
		q.Done()
		synctest.Wait()
	}
}

// TestTurns: networks take turns, whatever the number of their callers.
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
		require.Zero(t, q.turnedAway())
		working, waiting, refused := q.Load()
		require.Equal(t, []int{0, 0, 0}, []int{working, waiting, int(refused)})
	})
}

// TestTurnsRemember: sixty networks that keep asking do not hold up one that did not, even when all begin at once.
func TestTurnsRemember(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 256)
		attacker := func(n int) string { return fmt.Sprintf("192.0.2.%d", n) }
		for n := range 60 {
			for range 3 {
				q.come(t.Context(), "attacker", attacker(n))
			}
		}
		for round := range 20 { // a turn in 300 ms, and each is asked for again
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

// TestTurnsForgive: sign-ins that succeed are no debt.
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

// TestTurnsOfKnown: who signed in to the account before goes first, whatever its network owes, and makes no room.
func TestTurnsOfKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 4)
		q.come(t.Context(), "stranger", "192.0.2.1")
		q.come(t.Context(), "known 1", "203.0.113.1") // whose turn it is
		q.come(t.Context(), "known 2", "192.0.2.3")
		q.come(t.Context(), "other", "192.0.2.4")
		q.come(t.Context(), "known 3", "203.0.113.1")
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("other")))
		q.finish(5)
		require.Equal(t, []string{"known 2", "known 1", "known 3", "stranger"}, q.order())
	})
}

// TestPreferencesAreFew: who has an account and signs in over and over does not keep out strangers, and neither does one with
// many networks of a site. Others who are known elsewhere go first as ever.
func TestPreferencesAreFew(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]struct {
		address func(n int) string
		most    int // of them that go first
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

// TestTurnsFull: where the queue is full, the network with the most callers in it loses one.
func TestTurnsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 3)
		q.come(t.Context(), "other", "192.0.2.2")
		for n := range 3 {
			q.come(t.Context(), fmt.Sprint("flood ", n), "192.0.2.1")
		}
		require.Equal(t, 1, q.turnedAway())
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("flood 2")))
		q.come(t.Context(), "bystander", "192.0.2.3")
		require.Equal(t, 2, q.turnedAway())
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("flood 1")))
		q.come(t.Context(), "late", "192.0.2.4")
		require.Equal(t, 3, q.turnedAway(), "each has one waiter, and nobody makes room")
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
		q.come(t.Context(), "patient", "192.0.2.1")
		leaving, leave := context.WithCancel(t.Context())
		q.come(leaving, "leaving", "192.0.2.2")
		leave()
		synctest.Wait()
		require.ErrorIs(t, q.err("leaving"), context.Canceled)
		<-time.After(patience)
		synctest.Wait()
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(q.err("patient")), "it waits no longer than is useful")
		require.Equal(t, patience, time.Since(began))
		q.finish(1)
		working, waiting, refused := q.Load()
		require.Equal(t, []int{0, 0, 1}, []int{working, waiting, int(refused)})
	})
}
