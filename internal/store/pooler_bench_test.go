package store

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/testcluster"
	"followgraph/internal/testdb"
)

// BenchmarkPoolers reads and writes directly and through PgBouncer, with prepared statements and without. In transaction
// mode they are prepared if the pgbouncer in PATH supports it, as 1.21 and later do with max_prepared_statements.
func BenchmarkPoolers(b *testing.B) {
	database := testdb.New(b)
	first, err := Open(b.Context(), database, Options{})
	require.NoError(b, err)
	for _, sql := range []string{crowd, "VACUUM ANALYZE"} {
		_, err := first.pool.Exec(b.Context(), sql)
		require.NoError(b, err)
	}
	first.Close()
	pooled := func(mode string) string { return testcluster.Bouncer(b, database, mode, nil).URL() }
	for _, way := range []struct{ name, url string }{
		{"direct", database},
		{"direct", database + "&default_query_exec_mode=cache_describe"},
		{"session", pooled("session")},
		{"transaction", pooled("transaction")},
	} {
		s, err := Open(b.Context(), way.url, Options{MaxConns: 4})
		require.NoError(b, err)
		name := fmt.Sprintf("%s/prepared=%t", way.name, s.PreparesStatements())
		for _, users := range []int{1, 200} {
			keys := make([]model.ConnectionKey, users)
			for i := range keys {
				keys[i] = model.ConnectionKey{Kind: page.Followers, User: fmt.Sprintf("u%d", 50*i+3),
					Page: page.Request{Limit: 5}, Projection: model.Projection{Users: true, Counts: true}}
			}
			b.Run(fmt.Sprintf("%s/pages=%d", name, users), func(b *testing.B) {
				for b.Loop() {
					_, err := s.Pages(b.Context(), keys)
					require.NoError(b, err)
				}
			})
		}
		b.Run(name+"/follow", func(b *testing.B) {
			key := model.FollowKey{FollowerID: "u1", FollowingID: "u2"}
			for b.Loop() {
				_, err := s.Follow(b.Context(), key)
				require.NoError(b, err)
				_, err = s.Unfollow(b.Context(), key)
				require.NoError(b, err)
			}
		})
		s.Close()
	}
}
