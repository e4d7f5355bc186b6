package store

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/testdb"
)

// TestUsersByFollowersReadAllUsers reads every page of users by followers with walks that are too short, in a graph that
// has ids with counts but without an account, and expects the same answers.
func TestUsersByFollowersReadAllUsers(t *testing.T) {
	t.Parallel()
	s := open(t)
	g := newFixtureGraph(t, s)
	execute(t, s, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
		SELECT 'ghost-' || n, n % 7, 0 FROM generate_series(1, 60) n`)
	for _, rows := range []int32{1, 3, 7, 25, maxFollowersWalk} {
		limited := s.reads
		limited.followersWalk = rows
		for _, kind := range []page.Kind{page.MostFollowers, page.FewestFollowers} {
			want := g.byFollowers()
			if kind == page.MostFollowers {
				want = reversed(want)
			}
			for _, backward := range []bool{false, true} {
				request := page.Request{Limit: 4, Backward: backward}
				var got []string
				for more := true; more; {
					projection := model.Projection{Users: true, Counts: true}
					pages, err := limited.Pages(t.Context(), []model.ConnectionKey{{Kind: kind, Page: request, Projection: projection}})
					require.NoError(t, err)
					edges, info := page.Trim(request, pages[0], false, positionOf)
					var ids []string
					for _, edge := range edges {
						require.Equal(t, len(g.followers(edge.UserID)), edge.Node.Stats.FollowersCount)
						ids = append(ids, edge.UserID)
					}
					if backward {
						got, more = append(ids, got...), info.HasPreviousPage
						request.Cursor = edges[0].Position
					} else {
						got, more = append(got, ids...), info.HasNextPage
						request.Cursor = edges[len(edges)-1].Position
					}
					request.HasCursor = true
				}
				require.Equal(t, want, got, "%d rows, kind %d, backward %t", rows, kind, backward)
			}
		}
	}
}

// TestOnePageReadsAllUsers checks that only pages that need it wait while another page is read from all users, and
// not for long.
func TestOnePageReadsAllUsers(t *testing.T) {
	t.Parallel()
	s := open(t)
	accounts := len(newFixtureGraph(t, s).names)
	limited := s.reads
	limited.followersWalk = 10
	limited.allUsers = limit.NewMutex()
	require.NoError(t, limited.allUsers.Lock(t.Context()))
	read := func(n int) (err error) {
		_, err = limited.Pages(t.Context(), []model.ConnectionKey{{Kind: page.MostFollowers, Page: page.Request{Limit: n}}})
		return err
	}
	require.NoError(t, read(5))
	require.Equal(t, apperr.Overloaded, apperr.CodeOf(read(50)))
	limited.allUsers.Unlock()
	require.NoError(t, read(50))
	for rows, want := range map[int32]int{1: 3, int32(accounts) - 1: 2, maxFollowersWalk: 1} {
		limited.followersWalk = rows
		require.Equal(t, want, statements(t, func(ctx context.Context) {
			pages, err := limited.Pages(ctx, []model.ConnectionKey{{Kind: page.MostFollowers, Page: page.Request{Limit: 100}}})
			require.NoError(t, err)
			require.Len(t, pages[0], accounts)
		}))
	}
}

// TestAllUsersAreJoined fails if reading all users looks up the counts of each, or reads more users than it needs.
func TestAllUsersAreJoined(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	for _, sql := range []string{crowd, "VACUUM ANALYZE"} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	for _, kind := range []page.Kind{page.MostFollowers, page.FewestFollowers} {
		for step, want := range map[followersStep][]string{allUsersMerged: {"Merge Join"}, allUsersRead: {"Merge Join", "Hash Join"}} {
			w := walk{kind: kind, order: followersOrder{maxFollowersWalk, step}}
			sql, args := w.statement([]model.ConnectionKey{{Kind: kind, Page: page.Request{Limit: 20}}})
			for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
				_, err := conn.Exec(t.Context(), "SET plan_cache_mode = "+mode)
				require.NoError(t, err)
				joins := 0
				for _, node := range explain(t, conn, "", hotStatement{sql: sql, args: args}).all() {
					if slices.Contains(want, node.Type) {
						joins++
					}
				}
				require.Equal(t, 1, joins, "kind %d, step %d, %s", kind, step, mode)
			}
		}
	}
}
