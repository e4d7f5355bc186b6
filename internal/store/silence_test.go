package store

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

// openThrough opens a store behind a proxy, with all of its connections open and idle.
func openThrough(t *testing.T, p *proxy, options Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), p.url, options)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	fill(t, s)
	return s
}

// fill makes the pool open all of its connections.
func fill(t *testing.T, s *Store) {
	t.Helper()
	for range s.Pool().Max {
		conn, err := s.pool.Acquire(t.Context())
		require.NoError(t, err)
		defer conn.Release()
	}
}

func read(ctx context.Context, s *Store) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := s.Users(ctx, []model.UserKey{{CognitoID: "ada"}})
	return err
}

// TestLostConnections silently loses every connection of a pool while new ones work, as after the restart of a
// firewall. Running statements fail as UNAVAILABLE, and all others run: none waits for the 10 s of an operation.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	p := newProxy(t, testdb.New(t))
	s := openThrough(t, p, Options{MaxConns: 8})
	var busy sync.WaitGroup
	failed := make(chan error, 4)
	for range cap(failed) {
		conn, err := s.pool.Acquire(t.Context())
		require.NoError(t, err)
		p.loseAll()
		busy.Go(func() {
			defer conn.Release()
			_, err := conn.Exec(t.Context(), "SELECT 1") // no deadline: only the watcher can end it
			failed <- classify(t.Context(), err)
		})
	}
	start := time.Now()
	busy.Wait()
	t.Logf("statements under way failed after %s", time.Since(start))
	for range cap(failed) {
		err := <-failed
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	}
	reads := make(chan error, 32)
	for range cap(reads) {
		go func() { reads <- read(t.Context(), s) }()
	}
	for range cap(reads) {
		require.NoError(t, <-reads)
	}
	t.Logf("32 reads worked after %s", time.Since(start))
}

// TestIdleConnectionsLost loses a pool of idle connections: the first caller gets a response, and its failed connection
// leads to a check of all others.
func TestIdleConnectionsLost(t *testing.T) {
	t.Parallel()
	p := newProxy(t, testdb.New(t))
	s := openThrough(t, p, Options{MaxConns: 16})
	s.pool.checkIdleAfter = 0
	p.loseAll()
	start := time.Now()
	require.NoError(t, read(t.Context(), s))
	t.Logf("a read worked after %s", time.Since(start))
	require.Eventually(t, func() bool { return s.Pool().Idle+s.Pool().Acquired <= 2 }, time.Minute, time.Millisecond,
		"the others are found out together")
	t.Logf("all were found after %s", time.Since(start))
}

// TestSilentProxy has a proxy that loses all connections and holds new ones. When it recovers, everything works again.
func TestSilentProxy(t *testing.T) {
	t.Parallel()
	p := newProxy(t, testdb.New(t))
	s := openThrough(t, p, Options{MaxConns: 8})
	p.holding.Store(true)
	p.loseAll()
	start := time.Now()
	reads := make(chan error, 32)
	for range cap(reads) {
		go func() { reads <- read(t.Context(), s) }()
	}
	for range cap(reads) {
		require.Error(t, <-reads)
	}
	t.Logf("32 reads failed within %s", time.Since(start))
	p.holding.Store(false)
	start = time.Now()
	require.Eventually(t, func() bool { return read(t.Context(), s) == nil }, time.Minute, time.Millisecond)
	t.Logf("a read worked %s after the end", time.Since(start))
	fill(t, s)
	t.Logf("all connections %s after the end", time.Since(start))
}

// TestSlowIsNotSilent runs a statement that takes longer than a connection may be silent. The server is asked
// repeatedly, and answers that it is working.
func TestSlowIsNotSilent(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	p := newProxy(t, database)
	s := openThrough(t, p, Options{MaxConns: 2})
	holder := connect(t, database)
	_, err := holder.Exec(t.Context(), "SELECT pg_advisory_lock(1)")
	require.NoError(t, err)
	before := p.accepted.Load()
	done := make(chan error, 1)
	go func() {
		_, err := s.pool.Exec(t.Context(), "SELECT pg_advisory_lock(1)")
		done <- err
	}()
	require.Eventually(t, func() bool { return p.accepted.Load() >= before+2 }, time.Minute, time.Millisecond)
	_, err = holder.Exec(t.Context(), "SELECT pg_advisory_unlock(1)")
	require.NoError(t, err)
	require.NoError(t, <-done)
}
