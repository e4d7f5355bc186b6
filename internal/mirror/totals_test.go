package mirror

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// TestTotalsAreCountedOnce checks that operations share a count until it is too old, that a count goes on if the client of
// its operation leaves, and that a failed count does not keep others from counting.
func TestTotalsAreCountedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		counts, takes := 0, time.Second
		count := func(ctx context.Context) (model.GraphTotals, error) {
			select {
			case <-time.After(takes):
			case <-ctx.Done():
				return model.GraphTotals{}, ctx.Err()
			}
			counts++
			return model.GraphTotals{UsersCount: counts}, nil
		}
		shared := newTotals()

		ended, end := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := shared.get(ended, count)
			require.NoError(t, err, "the count is for the others too")
		})
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				got, err := shared.get(t.Context(), count)
				require.NoError(t, err)
				require.Equal(t, 1, got.UsersCount)
			})
		}
		all.Go(func() {
			_, err := shared.get(ended, count)
			require.ErrorIs(t, err, context.Canceled, "it only waits")
		})
		synctest.Wait()
		end()
		all.Wait()
		require.Equal(t, 1, counts)

		time.Sleep(49 * time.Second) //nolint:forbidigo // the clock of synctest
		got, err := shared.get(t.Context(), count)
		require.NoError(t, err)
		require.Equal(t, 1, got.UsersCount, "the count took a second, and is used for 50")
		takes = 0
		time.Sleep(time.Second) //nolint:forbidigo // the clock of synctest
		broken := errors.New("no database")
		_, err = shared.get(t.Context(), func(context.Context) (model.GraphTotals, error) { return model.GraphTotals{}, broken })
		require.ErrorIs(t, err, broken)
		got, err = shared.get(t.Context(), count)
		require.NoError(t, err)
		require.Equal(t, 2, got.UsersCount)
		time.Sleep(9 * time.Second) //nolint:forbidigo // the clock of synctest
		_, err = shared.get(t.Context(), count)
		require.NoError(t, err)
		require.Equal(t, 2, counts)
		time.Sleep(time.Second) //nolint:forbidigo // the clock of synctest
		_, err = shared.get(t.Context(), count)
		require.NoError(t, err)
		require.Equal(t, 3, counts)
	})
}

// TestFailedTotalsAreNotRepeated checks that a count that fails after a while is not repeated at once.
func TestFailedTotalsAreNotRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared, broken, counts := newTotals(), errors.New("no database"), 0
		for _, test := range []struct{ takes, remembered time.Duration }{
			{0, 0}, {time.Millisecond, 50 * time.Millisecond}, {time.Second, 50 * time.Second}, {10 * time.Second, time.Minute},
		} {
			fail := func(ctx context.Context) (model.GraphTotals, error) {
				counts++
				time.Sleep(test.takes) //nolint:forbidigo // the clock of synctest
				return model.GraphTotals{}, cmp.Or(ctx.Err(), broken)
			}
			before := counts
			_, err := shared.get(t.Context(), fail)
			require.ErrorIs(t, err, broken)
			if test.remembered > 0 {
				time.Sleep(test.remembered - time.Microsecond) //nolint:forbidigo // the clock of synctest
				_, err = shared.get(t.Context(), fail)
				require.Equal(t, apperr.Overloaded, apperr.CodeOf(err))
			}
			require.Equal(t, before+1, counts)
			time.Sleep(time.Microsecond) //nolint:forbidigo // the clock of synctest
		}
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := shared.get(late, func(ctx context.Context) (model.GraphTotals, error) {
			<-ctx.Done()
			return model.GraphTotals{}, ctx.Err()
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = shared.get(t.Context(), nil)
		require.Equal(t, apperr.Overloaded, apperr.CodeOf(err))
	})
}
