package limit

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMutex checks that one caller at a time has a Mutex, and what ends the wait of the others.
func TestMutex(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mutex, late := NewMutex(), errors.New("late")
		require.NoError(t, mutex.Lock(t.Context()))

		ended, end := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { require.ErrorIs(t, mutex.Lock(ended), context.Canceled) })
		all.Go(func() { require.ErrorIs(t, mutex.LockWithin(ended, time.Second, late), context.Canceled) })
		all.Go(func() {
			began := time.Now()
			require.ErrorIs(t, mutex.LockWithin(t.Context(), time.Second, late), late)
			require.Equal(t, time.Second, time.Since(began))
		})
		synctest.Wait()
		end()
		all.Wait()

		locked := 0
		for range 2 {
			all.Go(func() {
				require.NoError(t, mutex.LockWithin(t.Context(), time.Second, late))
				locked++
			})
		}
		synctest.Wait()
		require.Zero(t, locked)
		for n := range 2 {
			mutex.Unlock()
			synctest.Wait()
			require.Equal(t, n+1, locked)
		}
		all.Wait()
	})
}
