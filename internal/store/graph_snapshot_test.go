package store

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/graphdump"
	"followgraph/internal/testdb"
)

// exportSnapshot exports a snapshot of a database. end ends the transaction that has it.
func exportSnapshot(t *testing.T, databaseURL string) (name string, end func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "BEGIN ISOLATION LEVEL REPEATABLE READ")
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT pg_export_snapshot()").Scan(&name))
	return name, func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }
}

// ownersOf returns the owners of all lists of followers.
func ownersOf(t *testing.T, g *GraphSnapshot) (all []string) {
	t.Helper()
	require.NoError(t, g.Follows(t.Context(), graphdump.Followers, func(owner []byte, _ *graphdump.Follow) error {
		all = append(all, string(owner))
		return nil
	}))
	return all
}

// TestGraphSnapshotStays checks that a snapshot shows neither later changes nor the end of the session that exported it.
func TestGraphSnapshotStays(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	insert := func(following string) {
		_, err := s.pool.Exec(t.Context(), `INSERT INTO user_follows (follower_id, following_id) VALUES ('x', $1)`, following)
		require.NoError(t, err)
	}
	for _, id := range []string{"é", "b", "a", "B", "a-", "a0"} {
		insert(id)
	}
	name, end := exportSnapshot(t, url)
	g, err := s.OpenGraphSnapshot(t.Context(), name)
	require.NoError(t, err)
	defer g.Close(t.Context())
	insert("later")
	end()
	require.Equal(t, []string{"B", "a", "a-", "a0", "b", "é"}, ownersOf(t, g), "by bytes")
	system, err := g.System(t.Context())
	require.NoError(t, err)
	require.NotZero(t, system)
	_, err = g.tx.Exec(t.Context(), "DELETE FROM user_follows")
	require.ErrorContains(t, err, "read-only")

	_, err = s.OpenGraphSnapshot(t.Context(), name)
	require.ErrorContains(t, err, "cannot be read in this database", "the session that exported it has ended")
}

func TestGraphSnapshotErrors(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), testdb.New(t), Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	for _, name := range []string{"", "1", "1-", "g-1", "'; DROP TABLE users; --", "../1-1", "1-1-1-1-1", "1-1\n"} {
		_, err := s.OpenGraphSnapshot(t.Context(), name)
		require.ErrorContains(t, err, "malformed", name)
	}
	other, end := exportSnapshot(t, testdb.New(t))
	defer end()
	_, err = s.OpenGraphSnapshot(t.Context(), other)
	require.ErrorContains(t, err, "cannot be read in this database")
	require.Zero(t, s.pool.Stat().AcquiredConns(), "a connection stays with a snapshot that was not opened")

	url := s.pool.Config().ConnString()
	name, end := exportSnapshot(t, url)
	defer end()
	g, err := s.OpenGraphSnapshot(t.Context(), name)
	require.NoError(t, err)
	defer g.Close(t.Context())
	_, err = s.pool.Exec(t.Context(), `INSERT INTO user_follow_stats (user_id) VALUES ('a'), ('b')`)
	require.NoError(t, err)
	late, end := exportSnapshot(t, url)
	defer end()
	g.Close(t.Context())
	g, err = s.OpenGraphSnapshot(t.Context(), late)
	require.NoError(t, err)
	defer g.Close(t.Context())
	failure := errors.New("the output is closed")
	visits := 0
	require.ErrorIs(t, g.Counts(t.Context(), func(*graphdump.CountsTime) error { visits++; return failure }), failure)
	require.Equal(t, 1, visits)
}
