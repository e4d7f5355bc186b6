package cluster

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// TestUndo changes everything that Protect recorded, and compares every row before and after. The program that repairs
// the counts does nothing in this test.
func TestUndo(t *testing.T) {
	t.Parallel()
	c := &Cluster{URL: testdb.New(t), followgraph: "true"}
	conn, err := pgx.Connect(t.Context(), c.URL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })
	exec := func(sql string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	rows := func() []string {
		t.Helper()
		rows, _ := conn.Query(t.Context(), `SELECT to_jsonb(u)::text FROM users u
			UNION ALL SELECT to_jsonb(f)::text FROM user_follows f ORDER BY 1`)
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return texts
	}
	change := func() {
		t.Helper()
		exec(`INSERT INTO user_follows (follower_id, following_id) VALUES ('u1', 'u5')`)
		exec(`DELETE FROM user_follows WHERE id IN (2, 3)`)
		exec(`UPDATE users SET firstname = 'Una', updated_at = now() WHERE cognito_id IN ('u1', 'u2')`)
		exec(`UPDATE users SET password_hash = '?' WHERE cognito_id = 'u3'`)
	}
	exec(`INSERT INTO users (cognito_id, username, phone_number, password_hash, updated_at)
		SELECT 'u' || n, 'name' || n, '+999' || n, '!', timestamptz '2025-01-01' FROM generate_series(1, 5) n`)
	exec(`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT 'u' || n, 'u' || n + 1, timestamptz '2025-01-01' FROM generate_series(1, 4) n`)
	before := rows()

	require.NoError(t, c.undoInterrupted(t.Context(), conn), "nothing is recorded")
	require.NoError(t, c.Protect(t.Context(), []int64{1, 2, 3}, []string{"u1", "u2", "u3"}))
	for range 2 {
		change()
		require.NotEqual(t, before, rows())
		require.NoError(t, c.Undo(t.Context()))
		require.Equal(t, before, rows())
	}

	// The next process finds the records of this one, and replaces them.
	require.NoError(t, c.Protect(t.Context(), []int64{2, 3}, []string{"u1", "u2", "u3"}))
	change()
	require.NoError(t, c.undoInterrupted(t.Context(), conn))
	require.Equal(t, before, rows())
	require.NoError(t, c.Protect(t.Context(), nil, nil))
	require.NoError(t, c.Undo(t.Context()))
	require.Equal(t, before, rows())
}

func TestCheckCounts(t *testing.T) {
	t.Parallel()
	require.NoError(t, (&Cluster{followgraph: "true"}).CheckCounts(t.Context()))
	require.ErrorContains(t, (&Cluster{followgraph: "false"}).CheckCounts(t.Context()), "stats verify")
}
