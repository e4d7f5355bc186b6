package overload_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/overload"
)

const mebibyte = 1 << 20

func TestMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := overload.NewMemory(64*mebibyte, time.Second)
		first, err := memory.Take(t.Context(), 40*mebibyte)
		require.NoError(t, err)
		require.EqualValues(t, 40*mebibyte, memory.Load().Used)

		second := make(chan *overload.Share)
		go func() {
			share, err := memory.Take(t.Context(), 9*mebibyte)
			require.NoError(t, err)
			second <- share
		}()
		synctest.Wait()
		require.Equal(t, 1, memory.Load().Waiting, "large operations have 48 MiB together")

		small, err := memory.Take(t.Context(), mebibyte)
		require.NoError(t, err, "a small one passes")
		small.Release()
		small.Release()
		require.EqualValues(t, 40*mebibyte, memory.Load().Used, "a share is given back once")

		first.Release()
		share := <-second
		share.Release()
		require.Equal(t, overload.MemoryLoad{Capacity: 64 * mebibyte}, memory.Load())

		whole, err := memory.Take(t.Context(), 1_000*mebibyte)
		require.NoError(t, err)
		require.EqualValues(t, 48*mebibyte, memory.Load().Used, "an operation takes what there is for large ones at most")
		whole.Release()
	})
}

func TestMemoryIsWaitedForInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := overload.NewMemory(64*mebibyte, time.Second)
		first, err := memory.Take(t.Context(), 40*mebibyte)
		require.NoError(t, err)
		behind := make(chan error)
		go func() {
			<-time.After(time.Millisecond)
			share, err := memory.Take(t.Context(), 2*mebibyte)
			share.Release()
			behind <- err
		}()
		began := time.Now()
		_, err = memory.Take(t.Context(), 30*mebibyte)
		requireOverloaded(t, err)
		require.Equal(t, time.Second, time.Since(began))
		require.NoError(t, <-behind, "the one behind it needs less")

		ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		_, err = memory.Take(ctx, 30*mebibyte)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualValues(t, 40*mebibyte, memory.Load().Used)
		first.Release()
	})
}

func TestShareGrows(t *testing.T) {
	t.Parallel()
	memory := overload.NewMemory(64*mebibyte, time.Second)
	share, err := memory.Take(t.Context(), 2*mebibyte)
	require.NoError(t, err)
	require.NoError(t, share.Hold(mebibyte))
	require.EqualValues(t, 2*mebibyte, memory.Load().Used)
	require.NoError(t, share.Hold(1))
	require.EqualValues(t, 3*mebibyte, memory.Load().Used)
	require.NoError(t, share.Hold(10*mebibyte))
	require.EqualValues(t, 22*mebibyte+2, memory.Load().Used)

	other, err := memory.Take(t.Context(), mebibyte)
	require.NoError(t, err)
	third, err := memory.Take(t.Context(), 25*mebibyte)
	require.NoError(t, err)
	require.NoError(t, other.Hold(5*mebibyte))
	requireOverloaded(t, other.Hold(6*mebibyte))
	third.Release()
	other.Release()

	err = share.Hold(6 * mebibyte)
	var refused *apperr.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, apperr.QueryTooComplex, refused.Code)
	require.Contains(t, refused.Message, "more than 32 MiB of memory")
	share.Release()
	require.Zero(t, memory.Load().Used)
}
