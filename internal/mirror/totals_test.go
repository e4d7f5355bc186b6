package mirror

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

// TestTotalsAreCountedOnce checks that operations share a count until it is too old, and that a failed count and an
// operation that ends do not keep others from counting.
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
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				got, err := shared.get(t.Context(), count)
				require.NoError(t, err)
				require.Equal(t, 1, got.UsersCount)
			})
		}
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
