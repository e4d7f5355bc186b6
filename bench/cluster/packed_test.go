package cluster

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/bench/dataset"
	"followgraph/internal/testdb"
)

// TestCopyFollows checks that a packed graph has all follows, exact counts, and the indexes of the product.
func TestCopyFollows(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })
	texts := func(sql string) []string {
		t.Helper()
		rows, _ := conn.Query(t.Context(), sql)
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return texts
	}
	const indexes = `SELECT pg_get_indexdef(indexrelid) || ' ' || indisprimary::text || ' ' || indisvalid::text FROM pg_index
		WHERE indrelid = 'user_follows'::regclass ORDER BY 1`
	before := texts(indexes)
	require.Len(t, before, 4)

	graph, err := dataset.Generate(dataset.Parameters{Users: 200, Follows: 1_000, Seed: 1})
	require.NoError(t, err)
	_, err = copyFollows(t.Context(), database, graph)
	require.NoError(t, err)
	require.Equal(t, before, texts(indexes))
	require.Equal(t, []string{"1000"}, texts("SELECT count(*)::text FROM user_follows"))
	require.Equal(t, []string{"0"}, texts(`SELECT count(*)::text FROM user_follow_stats AS s
		WHERE followers_count <> (SELECT count(*) FROM user_follows WHERE following_id = s.user_id)
		   OR followings_count <> (SELECT count(*) FROM user_follows WHERE follower_id = s.user_id)`))
	require.Equal(t, []string{"1000 1000"}, texts("SELECT sum(followers_count) || ' ' || sum(followings_count) FROM user_follow_stats"))
}
