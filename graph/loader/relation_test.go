package loader

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// source is what a relation fetches from; it notes the batches.
type source struct {
	mu      sync.Mutex
	batches [][]int
	err     error
	hold    chan struct{} // unless nil, fetch waits for it or for its context's end
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

func TestOneBatchForALevel(t *testing.T) {
	t.Parallel()
	s := &source{}
	r := newRelation(&dispatcher{ctx: t.Context()}, s.fetch)
	var level sync.WaitGroup
	for n := range 2000 {
		level.Go(func() {
			for range n % 7 {
				runtime.Gosched() // they arrive in no order
			}
			got, err := r.load(t.Context(), n%1000)
			if err != nil || got != 2*(n%1000) {
				t.Errorf("load(%d) = %d, %v", n%1000, got, err)
			}
		})
	}
	level.Wait()
	require.Len(t, s.batches, 1)
	require.Len(t, s.batches[0], 1000, "a key is looked up once")

	_, err := r.load(t.Context(), 7)
	require.NoError(t, err)
	require.Len(t, s.batches, 1, "what was looked up is remembered")
}

func TestRelationsShareTheirDispatch(t *testing.T) {
	t.Parallel()
	a, b := &source{}, &source{}
	d := &dispatcher{ctx: t.Context()}
	first, second := newRelation(d, a.fetch), newRelation(d, b.fetch)
	var level sync.WaitGroup
	for n := range 100 {
		level.Go(func() { _, _ = first.load(t.Context(), n) })
		level.Go(func() { _, _ = second.load(t.Context(), n) })
	}
	level.Wait()
	require.Len(t, a.batches, 1)
	require.Len(t, b.batches, 1)
}

func TestAnErrorIsEverybodys(t *testing.T) {
	t.Parallel()
	s := &source{err: errors.New("no database")}
	r := newRelation(&dispatcher{ctx: t.Context()}, s.fetch)
	var level sync.WaitGroup
	for n := range 3 {
		level.Go(func() {
			if _, err := r.load(t.Context(), n); err == nil || err.Error() != "no database" {
				t.Errorf("load(%d): %v", n, err)
			}
		})
	}
	level.Wait()
}

func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	r := newRelation(&dispatcher{ctx: t.Context()}, func(context.Context, []int) ([]int, error) { panic("broken") })
	_, err := r.load(t.Context(), 1)
	require.ErrorContains(t, err, "broken")
}

// TestFirstCallerDoesNotDecide ends the context of whoever asked first: the others get their answer.
func TestFirstCallerDoesNotDecide(t *testing.T) {
	t.Parallel()
	s := &source{hold: make(chan struct{})}
	r := newRelation(&dispatcher{ctx: t.Context()}, s.fetch)
	first, leave := context.WithCancel(t.Context())
	left, answered := make(chan error), make(chan error)
	go func() {
		_, err := r.load(first, 1)
		left <- err
	}()
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	go func() {
		_, err := r.load(t.Context(), 2)
		answered <- err
	}()
	close(s.hold)
	require.NoError(t, <-answered)
}

// TestEndOfTheOperation ends it while a batch is filled, and while one is fetched: everybody returns at once.
func TestEndOfTheOperation(t *testing.T) {
	t.Parallel()
	operation, end := context.WithCancel(t.Context())
	s := &source{hold: make(chan struct{})}
	r := newRelation(&dispatcher{ctx: operation}, s.fetch)
	fetching := make(chan error)
	go func() {
		_, err := r.load(operation, 1)
		fetching <- err
	}()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.batches) == 1
	}, waitLimit, tick)
	end()
	require.ErrorIs(t, <-fetching, context.Canceled)
	_, err := r.load(operation, 2)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, s.batches, 1, "nothing is fetched for an operation that ended")
}

const (
	waitLimit = 30 * time.Second
	tick      = time.Millisecond
)
