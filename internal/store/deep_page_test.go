package store

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/testdb"
)

// TestDeepPages compares the blocks that pages read: a page at depth 10,000 must not read more than the first one,
// except for the height of an index.
func TestDeepPages(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	for _, sql := range []string{crowd, "VACUUM ANALYZE"} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	for name, kind := range map[string]page.Kind{
		"followers": page.Followers, "friends": page.Friends, "in common": page.FollowersInCommon, "you know": page.FollowersYouKnow,
		"users": page.OldestUsers, "users by name": page.UsersAToZ, "users by followers": page.MostFollowers, "search": page.Search, // the walk of a search
	} {
		first := blocks(t, conn, kind, page.Cursor{}, false)
		deep := blocks(t, conn, kind, cursorAt(t, conn, kind, 9000), true)
		require.LessOrEqual(t, deep, first+8, name)
	}
}

// TestFollowersYouKnowOfCelebrity reads the first page of those followers of a celebrity, who has 20,000, that a user
// with a few follows follows. The few follows are walked in the page index, and each is looked up.
func TestFollowersYouKnowOfCelebrity(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	conn := connect(t, url)
	for _, sql := range []string{crowd, "VACUUM ANALYZE"} {
		execute(t, s, sql)
	}
	keys := []model.ConnectionKey{{Kind: page.FollowersYouKnow, User: celebrity, With: "u7", Page: page.Request{Limit: 20}}}
	walks, err := s.walks(t.Context(), keys)
	require.NoError(t, err)
	sql, args := walks[0].statement(keys)
	explain(t, conn, "ANALYZE, BUFFERS,", hotStatement{sql: sql, args: args}) // warms the catalog caches
	plan := explain(t, conn, "ANALYZE, BUFFERS,", hotStatement{sql: sql, args: args})
	require.Positive(t, plan.Rows)
	require.Less(t, plan.Hits+plan.Reads, 40)
	for _, node := range plan.all() {
		if node.Relation == "user_follows" {
			require.Equal(t, "Index Only Scan", node.Type)
		}
	}
}

// cursorAt returns the position after the n-th element of a connection of the celebrity.
func cursorAt(t *testing.T, conn *pgx.Conn, kind page.Kind, n int) page.Cursor {
	t.Helper()
	w := walk{kind: kind, order: followersOrder{rows: 20_000}}
	key := model.ConnectionKey{Kind: kind, User: celebrity, With: "u2", Query: "u", Page: page.Request{Limit: n - 1}}
	sql, args := pageStatement(w, key)
	rows, err := conn.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	if kind == page.Search {
		s := searchFor(key.Query, key.Page, false)
		require.NoError(t, s.walkQuery(20_000).read(t.Context(), rows))
		require.Len(t, *s.page, n)
		return (*s.page)[n-1].Position
	}
	edges, _, err := w.edges(t.Context(), rows, []model.ConnectionKey{key})
	require.NoError(t, err)
	require.Len(t, edges[0], n)
	return edges[0][n-1].Position
}

func blocks(t *testing.T, conn *pgx.Conn, kind page.Kind, cursor page.Cursor, bounded bool) int {
	t.Helper()
	key := model.ConnectionKey{Kind: kind, User: celebrity, With: "u2", Query: "u",
		Page: page.Request{Limit: 20, HasCursor: bounded, Cursor: cursor}}
	sql, args := pageStatement(walk{kind: kind, order: followersOrder{rows: maxFollowersWalk}}, key)
	explain(t, conn, "ANALYZE, BUFFERS,", hotStatement{sql: sql, args: args}) // warms the catalog caches
	plan := explain(t, conn, "ANALYZE, BUFFERS,", hotStatement{sql: sql, args: args})
	require.Positive(t, plan.Rows, "the page is not empty")
	return plan.Hits + plan.Reads
}

// pageStatement returns the statement of a page.
func pageStatement(w walk, key model.ConnectionKey) (string, []any) {
	if w.kind == page.Search {
		q := searchFor(key.Query, key.Page, w.details).walkQuery(20_000)
		return q.sql, q.args
	}
	return w.statement([]model.ConnectionKey{key})
}
