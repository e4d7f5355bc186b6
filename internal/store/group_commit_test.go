package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/observe/meter"
)

// statementStub replaces the statement of a group commit: it reports its keys and ends on command.
type statementStub struct {
	groupCommit[int, int]
	starts chan []int // the keys of each statement when it starts
	end    chan error // ends a statement
}

// newStub returns ten times the key as its value.
func newStub(most int) *statementStub {
	s := &statementStub{starts: make(chan []int, 100), end: make(chan error, 100)}
	s.maxKeys = most
	s.write = func(_ context.Context, keys []int, _ time.Duration) ([]int, error) {
		s.starts <- keys
		if err := <-s.end; err != nil {
			return nil, err
		}
		values := make([]int, len(keys))
		for i, key := range keys {
			values[i] = 10 * key
		}
		return values, nil
	}
	return s
}

// start calls do on a separate goroutine.
func (s *statementStub) start(ctx context.Context, keys ...int) <-chan []commitResult[int] {
	done := make(chan []commitResult[int], 1)
	go func() { done <- s.do(ctx, keys...) }()
	return done
}

// requireQueued waits until n keys are queued behind the running statement.
func (s *statementStub) requireQueued(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.queue) == n
	}, time.Minute, time.Millisecond)
}

// requireIdle waits until no statement is running.
func (s *statementStub) requireIdle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.running == 0
	}, time.Minute, time.Millisecond)
	require.Empty(t, s.starts)
}

func TestGroupCommit(t *testing.T) {
	t.Parallel()
	s := newStub(3)
	first := s.start(t.Context(), 1)
	require.Equal(t, []int{1}, <-s.starts, "a single key does not wait for others")
	second := s.start(t.Context(), 2)
	s.requireQueued(t, 1)
	others := s.start(t.Context(), 3, 4, 5)
	s.requireQueued(t, 4)

	s.end <- nil
	require.Equal(t, []commitResult[int]{{value: 10}}, <-first)
	require.Equal(t, []int{2, 3, 4}, <-s.starts, "as many as there is room for")
	s.end <- nil
	require.Equal(t, []commitResult[int]{{value: 20}}, <-second)
	require.Equal(t, []int{5}, <-s.starts)
	s.end <- nil
	require.Equal(t, []commitResult[int]{{value: 30}, {value: 40}, {value: 50}}, <-others)
	s.requireIdle(t)

	again := s.start(t.Context(), 6)
	s.end <- nil
	require.Equal(t, []commitResult[int]{{value: 60}}, <-again)
}

func TestGroupCommitOfOne(t *testing.T) {
	t.Parallel()
	s := newStub(1)
	done := s.start(t.Context(), 1, 2)
	starts := slices.Concat(<-s.starts, <-s.starts) // concurrently: none has ended
	slices.Sort(starts)
	require.Equal(t, []int{1, 2}, starts)
	s.end <- nil
	s.end <- nil
	require.Equal(t, []commitResult[int]{{value: 10}, {value: 20}}, <-done)
}

func TestGroupCommitCallerLeaves(t *testing.T) {
	t.Parallel()
	s := newStub(10)
	ctx, cancel := context.WithCancel(t.Context())
	first := s.start(ctx, 1)
	<-s.starts
	second, stays := s.start(ctx, 2, 3), s.start(t.Context(), 4)
	s.requireQueued(t, 3)
	cancel()
	require.Equal(t, apperr.Canceled, apperr.CodeOf((<-first)[0].err), "does not wait for the statement")
	for _, result := range <-second {
		require.Equal(t, apperr.Canceled, apperr.CodeOf(result.err))
	}
	s.requireQueued(t, 1)
	s.end <- nil
	require.Equal(t, []int{4}, <-s.starts, "nothing is written for who left")
	s.end <- nil
	require.Equal(t, []commitResult[int]{{value: 40}}, <-stays)
	require.Equal(t, apperr.Canceled, apperr.CodeOf(s.do(ctx, 5)[0].err))
	s.requireIdle(t)
}

func TestGroupCommitFails(t *testing.T) {
	t.Parallel()
	culprit := errors.New("key 3 is odd")
	for name, test := range map[string]struct {
		err   error
		alone bool
	}{
		"for one of them":     {culprit, true},
		"database away":       {apperr.New(apperr.Unavailable, "away"), false},
		"statement took long": {context.DeadlineExceeded, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStub(10)
			first := s.start(t.Context(), 1)
			<-s.starts
			group := s.start(t.Context(), 2, 3, 4)
			s.requireQueued(t, 3)
			s.end <- nil
			<-first
			require.Len(t, <-s.starts, 3)
			s.end <- test.err
			if test.alone {
				for _, err := range []error{nil, culprit, nil} {
					require.Len(t, <-s.starts, 1)
					s.end <- err
				}
				require.Equal(t, []commitResult[int]{{value: 20}, {err: culprit}, {value: 40}}, <-group)
			} else {
				for _, result := range <-group {
					require.ErrorIs(t, result.err, test.err)
				}
			}
			s.requireIdle(t)
		})
	}
}

func TestGroupCommitPanics(t *testing.T) {
	t.Parallel()
	s := &groupCommit[int, int]{maxKeys: 10, write: func(_ context.Context, keys []int, _ time.Duration) ([]int, error) {
		if slices.Contains(keys, 2) {
			panic("two is too many")
		}
		return keys, nil
	}}
	results := s.do(t.Context(), 1, 2, 3)
	require.NoError(t, results[0].err)
	require.NoError(t, results[2].err)
	require.True(t, strings.HasPrefix(results[1].err.Error(), "panic: two is too many\n"), results[1].err)
}

// A statement is charged once to each operation that has keys in it.
func TestGroupCommitCharges(t *testing.T) {
	t.Parallel()
	s := &groupCommit[int, int]{maxKeys: 10}
	starts, end := make(chan bool), make(chan bool)
	s.write = func(ctx context.Context, keys []int, _ time.Duration) ([]int, error) {
		starts <- true
		<-end
		meter.From(ctx).Add(time.Second)
		return keys, nil
	}
	var all sync.WaitGroup
	all.Go(func() { s.do(t.Context(), 1) })
	<-starts
	var meters []*meter.Meter
	for range 2 {
		ctx, m := meter.With(t.Context())
		meters = append(meters, m)
		all.Go(func() { s.do(ctx, 2, 3) })
	}
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.queue) == 4
	}, time.Minute, time.Millisecond)
	end <- true
	<-starts
	end <- true
	all.Wait()
	for _, m := range meters {
		require.Equal(t, 1, m.Statements())
		require.Equal(t, time.Second, m.Time())
	}
}
