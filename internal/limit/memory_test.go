package limit_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

const mebibyte = 1 << 20

// Networks of clients.
var here, there = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")

func TestMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := limit.NewMemory(64*mebibyte, time.Second)
		first, err := memory.Take(t.Context(), here, 40*mebibyte)
		require.NoError(t, err)
		require.EqualValues(t, 40*mebibyte, memory.Load().Used)

		second := make(chan *limit.Share)
		go func() {
			share, err := memory.Take(t.Context(), here, 9*mebibyte)
			require.NoError(t, err)
			second <- share
		}()
		synctest.Wait()
		require.Equal(t, 1, memory.Load().Waiting, "large operations have 48 MiB together")

		small, err := memory.Take(t.Context(), here, mebibyte)
		require.NoError(t, err, "a small one passes")
		small.Release()
		small.Release()
		require.EqualValues(t, 40*mebibyte, memory.Load().Used, "a share is given back once")

		first.Release()
		share := <-second
		share.Release()
		require.Equal(t, limit.MemoryLoad{Capacity: 64 * mebibyte}, memory.Load())

		whole, err := memory.Take(t.Context(), here, 1_000*mebibyte)
		require.NoError(t, err)
		require.EqualValues(t, 48*mebibyte, memory.Load().Used, "an operation takes what there is for large ones at most")
		whole.Release()
	})
}

func TestMemoryWaitTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := limit.NewMemory(64*mebibyte, time.Second)
		first, err := memory.Take(t.Context(), here, 40*mebibyte)
		require.NoError(t, err)
		behind := make(chan error)
		go func() {
			<-time.After(time.Millisecond)
			share, err := memory.Take(t.Context(), here, 2*mebibyte)
			share.Release()
			behind <- err
		}()
		began := time.Now()
		_, err = memory.Take(t.Context(), here, 30*mebibyte)
		requireOverloaded(t, err)
		require.Equal(t, time.Second, time.Since(began))
		require.NoError(t, <-behind, "the one behind it needs less")

		ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		_, err = memory.Take(ctx, here, 30*mebibyte)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualValues(t, 40*mebibyte, memory.Load().Used)
		first.Release()
	})
}

func TestShareGrows(t *testing.T) {
	t.Parallel()
	memory := limit.NewMemory(64*mebibyte, time.Second)
	share, err := memory.Take(t.Context(), here, 2*mebibyte)
	require.NoError(t, err)
	require.NoError(t, share.Hold(mebibyte))
	require.EqualValues(t, 2*mebibyte, memory.Load().Used)
	require.NoError(t, share.Hold(1))
	require.EqualValues(t, 3*mebibyte, memory.Load().Used)
	require.NoError(t, share.Hold(10*mebibyte))
	require.EqualValues(t, 22*mebibyte+2, memory.Load().Used)

	other, err := memory.Take(t.Context(), here, mebibyte)
	require.NoError(t, err)
	third, err := memory.Take(t.Context(), here, 25*mebibyte)
	require.NoError(t, err)
	require.NoError(t, other.Hold(5*mebibyte))
	requireOverloaded(t, other.Hold(6*mebibyte))
	third.Release()
	other.Release()

	err = share.Hold(6 * mebibyte)
	var refused *apperr.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, apperr.QueryTooComplex, refused.Code)
	require.Contains(t, refused.Message, "more memory than the limit of 32 MiB")
	share.Release()
	require.Zero(t, memory.Load().Used)
}

// TestNetworksTakeTurns: a network that fills the queue delays the large operations of others by at most one of its
// own.
func TestNetworksTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := limit.NewMemory(64*mebibyte, time.Minute)
		running, err := memory.Take(t.Context(), here, 48*mebibyte)
		require.NoError(t, err)
		type taken struct {
			network netip.Addr
			share   *limit.Share
			err     error
		}
		turns := make(chan taken)
		take := func(network netip.Addr) {
			go func() {
				share, err := memory.Take(t.Context(), network, 48*mebibyte)
				turns <- taken{network, share, err}
			}()
			synctest.Wait()
		}
		for range 256 {
			take(here)
		}
		require.Equal(t, 256, memory.Load().Waiting)
		take(here)
		take(there)
		take(there)
		require.Equal(t, 256, memory.Load().Waiting, "two of the first network were removed, and one was not added")
		var order []netip.Addr
		for range 5 {
			running.Release()
			next := <-turns
			require.NoError(t, next.err)
			order, running = append(order, next.network), next.share
		}
		require.Equal(t, []netip.Addr{here, there, here, there, here}, order)
		for memory.Load().Waiting > 0 {
			running.Release()
			running = (<-turns).share
		}
		running.Release()
		for range 3 {
			requireOverloaded(t, (<-turns).err)
		}
		require.Zero(t, memory.Load().Used)
	})
}

func TestHoldFailsAfterRelease(t *testing.T) {
	t.Parallel()
	memory := limit.NewMemory(64*mebibyte, time.Second)
	share, err := memory.Take(t.Context(), here, mebibyte)
	require.NoError(t, err)
	share.Release()
	require.Equal(t, apperr.Canceled, apperr.CodeOf(share.Hold(4*mebibyte)), "rows of a lookup whose operation has ended")
	require.Zero(t, memory.Load().Used, "nothing would release it")
}

func TestMemoryBeside(t *testing.T) {
	t.Parallel()
	memory := limit.NewMemory(64*mebibyte, time.Second)
	beside := memory.Beside(256)
	for range 256 {
		_, err := beside.Take(t.Context(), here, 16<<10)
		require.NoError(t, err)
	}
	require.False(t, beside.IsLarge(16<<10))
	_, err := beside.Take(t.Context(), there, 12*mebibyte)
	require.NoError(t, err, "a large one")
	require.Zero(t, memory.Load().Used)
	require.Equal(t, limit.MemoryLoad{Capacity: 16 * mebibyte, Used: 16 * mebibyte}, beside.Load())
}
