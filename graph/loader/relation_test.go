package loader

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// source has a batch function, and records its batches.
type source struct {
	mu      sync.Mutex
	batches [][]int
	err     error
	hold    chan struct{} // unless nil, fetch waits until it is closed or the context ends
}

func (s *source) fetch(ctx context.Context, keys []int) ([]int, error) {
	s.mu.Lock()
	s.batches = append(s.batches, slices.Sorted(slices.Values(keys)))
	s.mu.Unlock()
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	doubled := make([]int, len(keys))
	for i, key := range keys {
		doubled[i] = 2 * key
	}
	return doubled, s.err
}

// ask makes one announced lookup, and settles it.
func ask(ctx context.Context, r *relation[int, int], keys ...int) ([]int, error) {
	defer r.dispatcher.settle(1)
	return r.load(ctx, 1, keys...)
}

func operation(ctx context.Context, lookups int) *dispatcher {
	var d dispatcher
	d.begin(ctx, slog.New(slog.DiscardHandler), lookups)
	return &d
}

func newRelation[K comparable, V any](d *dispatcher, name string, fetch func(context.Context, []K) ([]V, error)) *relation[K, V] {
	var r relation[K, V]
	r.begin(d, name, fetch)
	return &r
}

func TestOneBatchForALevel(t *testing.T) {
	t.Parallel()
	s := &source{}
	r := newRelation(operation(t.Context(), 2000), "things", s.fetch)
	var level sync.WaitGroup
	for n := range 2000 {
		level.Go(func() {
			for range n % 7 {
				runtime.Gosched() // they arrive in random order
			}
			got, err := ask(t.Context(), r, n%1000)
			if err != nil || got[0] != 2*(n%1000) {
				t.Errorf("load(%d) = %d, %v", n%1000, got, err)
			}
		})
	}
	level.Wait()
	require.Len(t, s.batches, 1)
	require.Len(t, s.batches[0], 1000, "a key is fetched once")

	r.dispatcher.expect(1)
	got, err := ask(t.Context(), r, 7, 8)
	require.NoError(t, err)
	require.Equal(t, []int{14, 16}, got)
	require.Len(t, s.batches, 1, "fetched values are cached")
}

func TestRelationsShareTheirDispatch(t *testing.T) {
	t.Parallel()
	a, b := &source{}, &source{}
	d := operation(t.Context(), 200)
	first, second := newRelation(d, "things", a.fetch), newRelation(d, "things", b.fetch)
	var level sync.WaitGroup
	for n := range 100 {
		level.Go(func() { _, _ = ask(t.Context(), first, n) })
		level.Go(func() { _, _ = ask(t.Context(), second, n) })
	}
	level.Wait()
	require.Len(t, a.batches, 1)
	require.Len(t, b.batches, 1)
}

func TestEveryCallGetsTheError(t *testing.T) {
	t.Parallel()
	s := &source{err: errors.New("no database")}
	r := newRelation(operation(t.Context(), 3), "things", s.fetch)
	var level sync.WaitGroup
	for n := range 3 {
		level.Go(func() {
			if _, err := ask(t.Context(), r, n); err == nil || err.Error() != "no database" {
				t.Errorf("load(%d): %v", n, err)
			}
		})
	}
	level.Wait()
}

func TestPanicBecomesError(t *testing.T) {
	t.Parallel()
	r := newRelation(operation(t.Context(), 1), "things", func(context.Context, []int) ([]int, error) { panic("broken") })
	for key := range 2 { // the panic does not block the next wave
		r.dispatcher.expect(key)
		_, err := ask(t.Context(), r, key)
		require.ErrorContains(t, err, "broken")
	}
}

// TestFirstCallerDoesNotDecide ends the context of the first caller: the others get their result.
func TestFirstCallerDoesNotDecide(t *testing.T) {
	t.Parallel()
	s := &source{hold: make(chan struct{})}
	r := newRelation(operation(t.Context(), 2), "things", s.fetch)
	first, leave := context.WithCancel(t.Context())
	left, answered := make(chan error), make(chan error)
	go func() {
		_, err := ask(first, r, 1)
		left <- err
	}()
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	go func() {
		_, err := ask(t.Context(), r, 2)
		answered <- err
	}()
	close(s.hold)
	require.NoError(t, <-answered)
}

// TestEndOfTheOperation ends an operation while a batch is fetched: the lookup returns at once, and later lookups fetch
// nothing.
func TestEndOfTheOperation(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	s := &source{hold: make(chan struct{})}
	r := newRelation(operation(ctx, 1), "things", s.fetch)
	fetching := make(chan error)
	go func() {
		_, err := ask(ctx, r, 1)
		fetching <- err
	}()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.batches) == 1
	}, waitLimit, tick)
	end()
	require.ErrorIs(t, <-fetching, context.Canceled)
	r.dispatcher.expect(2)
	_, err := ask(ctx, r, 2)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, s.batches, 1, "nothing is fetched after the end of the operation")
}

// TestWavesFollowEachOther makes every result of a level start more lookups: each level is one batch, although the
// goroutines continue in random order.
func TestWavesFollowEachOther(t *testing.T) {
	t.Parallel()
	s := &source{}
	r := newRelation(operation(t.Context(), 1), "things", s.fetch)
	var level sync.WaitGroup
	var descend func(key, depth int)
	descend = func(key, depth int) {
		defer r.dispatcher.settle(1)
		_, err := r.load(t.Context(), 1, key)
		if err != nil || depth == 0 {
			return
		}
		r.dispatcher.expect(6)
		for child := range 6 {
			level.Go(func() { descend(key*6+child+1, depth-1) })
		}
	}
	level.Go(func() { descend(0, 4) })
	level.Wait()
	require.Len(t, s.batches, 5)
	require.Len(t, s.batches[4], 6*6*6*6)
}

// TestMissingLookupsDoNotBlock announces a lookup that never comes: the other one is sent after a while.
func TestMissingLookupsDoNotBlock(t *testing.T) {
	t.Parallel()
	s := &source{}
	r := newRelation(operation(t.Context(), 2), "things", s.fetch)
	got, err := ask(t.Context(), r, 1)
	require.NoError(t, err)
	require.Equal(t, []int{2}, got)
}

const (
	waitLimit = 30 * time.Second
	tick      = time.Millisecond
)
