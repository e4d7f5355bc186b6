package adopt_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestMovePublishes switches tables and back. The commit stream's publication contains the tables while they are
// Followgraph's, and only then.
func TestMovePublishes(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, `ALTER TABLE user_follows REPLICA IDENTITY NOTHING`)
	published := func() []string {
		rows, err := conn.Query(t.Context(), `SELECT p.pubname || coalesce(' ' || t.schemaname || '.' || t.tablename, '') FROM pg_publication AS p LEFT JOIN pg_publication_tables AS t ON t.pubname = p.pubname ORDER BY 1`)
		require.NoError(t, err)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return names
	}
	for range 2 {
		_, err := adopt.Prepare(t.Context(), url, options(t))
		require.NoError(t, err)
		require.Empty(t, published())
		_, err = adopt.Switch(t.Context(), url, options(t))
		require.NoError(t, err)
		require.Equal(t, []string{"followgraph public.user_follow_stats", "followgraph public.user_follows", "followgraph public.users"}, published())
		exec(t, conn, `BEGIN; UPDATE users SET city = 'Berlin'; UPDATE user_follows SET created_at = now(); UPDATE user_follow_stats SET updated_at = now(); DELETE FROM user_follows; ROLLBACK`)
		_, err = adopt.Undo(t.Context(), url, options(t))
		require.NoError(t, err)
		require.Empty(t, published())
	}
}

// TestMoveWithoutPublication switches a table users whose updates a publication of some columns would make fail.
func TestMoveWithoutPublication(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, `ALTER TABLE users REPLICA IDENTITY FULL`)
	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	exec(t, conn, `UPDATE users SET city = 'Berlin'`)
	var identities string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT string_agg(relreplident::text, '' ORDER BY relname) FROM pg_class WHERE oid IN ('users'::regclass, 'user_follows'::regclass)`).Scan(&identities))
	require.Equal(t, "ff", identities)
	_, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
}
