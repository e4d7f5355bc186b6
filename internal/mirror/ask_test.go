package mirror

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
)

// TestAnswersAreShared makes callers ask while a question is being answered: they share the next question, because the
// first one was sent before their calls.
func TestAnswersAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Uint64
		a := newAsker(func(context.Context) (commit.Position, commit.Snapshot, error) {
			n := asked.Add(1)
			<-time.After(time.Second)
			return commit.Position{LSN: n}, commit.Snapshot{}, nil
		}, func(commit.Position, commit.Snapshot) {})
		var all sync.WaitGroup
		call := func(want uint64) {
			all.Go(func() {
				at, err := a.position(t.Context())
				require.NoError(t, err)
				require.Equal(t, want, at.LSN)
			})
		}
		call(1)
		synctest.Wait()
		for range 10 {
			call(2)
		}
		all.Wait()
		call(3)
		all.Wait()
		require.EqualValues(t, 3, asked.Load())
	})
}

// TestCallersLeave ends the contexts of callers: the others get their answers, and later calls work.
func TestCallersLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAsker(func(ctx context.Context) (commit.Position, commit.Snapshot, error) {
			select {
			case <-ctx.Done():
				return commit.Position{}, commit.Snapshot{}, ctx.Err()
			case <-time.After(time.Second):
				return commit.Position{LSN: 1}, commit.Snapshot{}, nil
			}
		}, func(commit.Position, commit.Snapshot) {})
		ctx, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { // its question is sent, and shared by none
			_, err := a.position(ctx)
			require.NoError(t, err)
		})
		synctest.Wait()
		all.Go(func() { // it waits for its turn
			_, err := a.position(ctx)
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		leave()
		all.Wait()
		_, err := a.position(t.Context())
		require.NoError(t, err)
	})
}

func TestErrorsAreShared(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	a := newAsker(func(context.Context) (commit.Position, commit.Snapshot, error) {
		return commit.Position{}, commit.Snapshot{}, broken
	}, nil)
	for range 2 {
		_, err := a.position(t.Context())
		require.ErrorIs(t, err, broken)
	}
}

func TestWaitersWake(t *testing.T) {
	t.Parallel()
	var w waiters
	w.wake(100)
	early, late := w.add(5), w.add(10)
	gone := w.add(7)
	w.remove(gone)
	w.remove(gone)
	isReady := func(one *waiter) bool {
		select {
		case <-one.ready:
			return true
		default:
			return false
		}
	}
	w.wake(4)
	require.False(t, isReady(early))
	w.wake(5)
	require.True(t, isReady(early))
	require.False(t, isReady(late))
	w.wake(11)
	require.True(t, isReady(late))
	require.False(t, isReady(gone))
	require.Zero(t, w.n.Load())
	require.Empty(t, w.list)
}
