package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGraphSize checks that the size of small tables is exact, and that the estimate for large ones follows the rows
// that were added and removed since they were analyzed.
func TestGraphSize(t *testing.T) {
	t.Parallel()
	s := open(t)
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	exec := func(sql string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
		// A session reports the rows that it has written with a delay. After an ANALYZE they would be counted twice.
		_, err = conn.Exec(t.Context(), "SELECT pg_stat_force_next_flush()")
		require.NoError(t, err)
	}
	requireSize := func(counted, users, follows int64, delta float64) {
		t.Helper()
		gotUsers, gotFollows, err := s.graphSize(t.Context(), counted)
		require.NoError(t, err)
		require.InDelta(t, users, gotUsers, float64(users)*delta)
		require.InDelta(t, follows, gotFollows, float64(follows)*delta)
	}
	requireSize(countedPages, 0, 0, 0)
	requireSize(0, 0, 0, 0)
	const (
		addUsers = `INSERT INTO users (cognito_id, username, phone_number, password_hash)
			SELECT 'c-' || n, 'user' || n, '+4912345' || n, '!' FROM generate_series(%s) n`
		addFollows = `INSERT INTO user_follows (follower_id, following_id) SELECT 'c-' || n / 100, 'c-' || 100 + n % 100 FROM generate_series(%s) n`
	)
	add := func(from, to string) {
		t.Helper()
		exec(sprintRange(addUsers, from, to))
		exec(sprintRange(addFollows, from, to))
	}
	add("1", "4000")
	requireSize(countedPages, 4000, 4000, 0)
	requireSize(0, 4000, 4000, 0) // never analyzed
	exec("ANALYZE users, user_follows")
	requireSize(0, 4000, 4000, 0.02)
	add("4001", "9000")
	requireSize(countedPages, 9000, 9000, 0)
	requireSize(0, 9000, 9000, 0.05)
}

func sprintRange(sql, from, to string) string { return strings.Replace(sql, "%s", from+", "+to, 1) }
