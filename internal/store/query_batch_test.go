package store

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/testdb"
)

// openOne opens a store with a single connection.
func openOne(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func drain(ctx context.Context, rows pgx.Rows) error { return eachRow(ctx, rows, func(*row) {}) }

// TestPanicReturnsConnection checks that a reader that panics returns the connection.
func TestPanicReturnsConnection(t *testing.T) {
	t.Parallel()
	s := openOne(t, testdb.New(t))
	broken := query{sql: "SELECT 1", read: func(ctx context.Context, rows pgx.Rows) error {
		return eachRow(ctx, rows, func(*row) { panic("broken") })
	}}
	for _, queries := range [][]query{{broken}, {broken, broken}} {
		require.PanicsWithValue(t, "broken", func() { _, _ = s.run(t.Context(), queries) })
		require.NoError(t, s.Ping(t.Context()))
	}
}

// TestQueryBatchEndsWithContext ends the context of a batch while its second statement runs: the server stops the
// statement, and the connection is usable again.
func TestQueryBatchEndsWithContext(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, watcher := openOne(t, url), connect(t, url)
	ctx, end := context.WithCancel(t.Context())
	sleeping := func() (n int) {
		require.NoError(t, watcher.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'PgSleep'`).Scan(&n))
		return n
	}
	ended := make(chan struct{})
	var done int
	var err error
	go func() {
		defer close(ended)
		endless := query{sql: "SELECT pg_sleep(600)", read: drain}
		done, err = s.run(ctx, []query{{sql: "SELECT 1", read: drain}, endless, endless})
	}()
	require.Eventually(t, func() bool { return sleeping() == 1 }, 30*time.Second, 5*time.Millisecond)
	end()
	<-ended
	require.Equal(t, 1, done)
	require.Equal(t, apperr.Canceled, apperr.CodeOf(err), "%v", err)
	require.Zero(t, sleeping())
	require.NoError(t, s.Ping(t.Context()))
}
