package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

// between returns the expected follows of a key.
func (g *fixtureGraph) between(key *model.BetweenKey) (list []model.Follow) {
	for _, f := range g.follows {
		if _, ok := g.names[f.follower]; !ok || !slices.Contains(key.Followers, f.follower) {
			continue
		}
		if _, ok := g.names[f.following]; ok && slices.Contains(key.Followings, f.following) {
			list = append(list, model.Follow{Follower: f.follower, Following: f.following, FollowedAt: f.at})
		}
	}
	slices.SortFunc(list, func(a, b model.Follow) int {
		return cmp.Or(cmp.Compare(a.Follower, b.Follower), cmp.Compare(a.Following, b.Following))
	})
	return list
}

func TestFollowsBetween(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newFixtureGraph(t, s)
	all := slices.Sorted(slices.Values(append(slices.Clone(w.ids), "unknown")))
	keys := []*model.BetweenKey{
		{Followers: all, Followings: all},
		{Followers: []string{"c-0"}, Followings: all},
		{Followers: []string{"c-9", "unknown"}, Followings: all}, // c-9 follows, but has no account
		{Followers: all, Followings: []string{"c-0"}},
		{Followers: all, Followings: []string{"c-9", "unknown"}},
		{Followers: all[:20], Followings: all[10:40]},
	}
	var lists [][]model.Follow
	require.Equal(t, 1, statements(t, func(ctx context.Context) {
		var err error
		lists, err = s.FollowsBetween(ctx, keys)
		require.NoError(t, err)
	}))
	for i, key := range keys {
		require.Equal(t, w.between(key), lists[i], i)
	}
	require.Greater(t, len(lists[0]), 100, "the town has follows to compare")
	require.NotEmpty(t, lists[1])
	require.NotEmpty(t, w.following("c-9"))
	require.NotEmpty(t, w.followers("c-9"))
}

// TestFollowsBetweenCelebrities reads the follows among 100 users. Two of them have 20,000 followers each and follow
// 10,000 users each: these lists are not read.
func TestFollowsBetweenCelebrities(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	for _, sql := range []string{crowd, "VACUUM ANALYZE"} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	users := ids(100)
	hot := hotStatement{sql: followsBetweenSQL, args: betweenArgs([]*model.BetweenKey{{Followers: users, Followings: users}})}
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		_, err := conn.Exec(t.Context(), "SET plan_cache_mode = "+mode)
		require.NoError(t, err)
		explain(t, conn, "ANALYZE, BUFFERS,", hot) // warms the catalog caches
		plan := explain(t, conn, "ANALYZE, BUFFERS,", hot)
		require.Greater(t, plan.Rows, 200.0)
		require.Less(t, plan.Hits+plan.Reads, 100*100*4, "one way down the index for each pair")
		for _, node := range plan.all() {
			if node.Relation == "user_follows" {
				require.Regexp(t, `follower_id.* = .*following_id.* = `, node.Condition, mode)
				require.Zero(t, node.Removed, "a follow was read that was not asked for")
			}
		}
	}
}

// BenchmarkFollowsBetween reads the follows among 100 users, in a dense graph and in one with celebrities.
func BenchmarkFollowsBetween(b *testing.B) {
	for name, graph := range map[string]string{"dense": dense, "crowd": crowd} {
		b.Run(name, func(b *testing.B) {
			s := openFilled(b, graph)
			users := ids(100)
			slices.Sort(users)
			keys := []*model.BetweenKey{{Followers: users, Followings: users}}
			for b.Loop() {
				lists, err := s.FollowsBetween(b.Context(), keys)
				if err != nil || len(lists[0]) == 0 {
					b.Fatal(fmt.Sprint(lists, err))
				}
			}
		})
	}
}
