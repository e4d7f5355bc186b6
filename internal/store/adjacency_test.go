package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/traversal"
)

// adjacency returns the expected lists of a key without duplicates.
func (g *fixtureGraph) adjacency(key *model.AdjacencyKey) *model.Adjacency {
	all := &model.Adjacency{}
	for _, follower := range key.Followers {
		times := map[string]time.Time{}
		for _, f := range g.follows {
			if f.follower == follower {
				times[f.following] = f.at
			}
		}
		positions, at := []int{}, []time.Time{}
		for i, following := range key.Followings {
			_, hasAccount := g.names[following]
			if _, ok := g.names[follower]; ok && hasAccount && !times[following].IsZero() {
				positions, at = append(positions, i), append(at, times[following])
			}
		}
		all.Following, all.FollowedAt = append(all.Following, positions), append(all.FollowedAt, at)
	}
	return all
}

func TestAdjacency(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newFixtureGraph(t, s)
	all := append(slices.Clone(w.ids), "unknown")
	read := func(key *model.AdjacencyKey) (adjacency *model.Adjacency) {
		adjacency, err := s.Adjacency(t.Context(), key)
		require.NoError(t, err)
		return adjacency
	}
	for _, counts := range []string{
		"SELECT 1", "UPDATE user_follow_stats SET followings_count = 0", "UPDATE user_follow_stats SET followings_count = 100000",
	} {
		execute(t, s, counts)
		for i, key := range []*model.AdjacencyKey{
			{Followers: all, Followings: all}, {Followers: all, Followings: all[:1]}, {Followers: all[:1], Followings: all},
			{Followers: all, Followings: all[5:9]}, {},
		} {
			got, want := read(key), w.adjacency(key)
			require.Len(t, got.Following, len(key.Followers))
			for j := range key.Followers {
				if counts == "SELECT 1" || got.Following[j] != nil {
					require.Equal(t, want.Following[j], got.Following[j], "%s, %d, %d", counts, i, j)
					require.Equal(t, want.FollowedAt[j], got.FollowedAt[j])
				}
			}
		}
	}
}

// TestAdjacencyIsBounded reads the follows among users. Two of them follow 10,000 users each: their lists are not read.
func TestAdjacencyIsBounded(t *testing.T) {
	t.Parallel()
	s := openFilled(t, crowd)
	users := ids(1000)
	var all *model.Adjacency
	require.Equal(t, 3, statements(t, func(ctx context.Context) {
		var err error
		all, err = s.Adjacency(ctx, &model.AdjacencyKey{Followers: users, Followings: users})
		require.NoError(t, err)
	}))
	require.NotContains(t, all.Following, []int(nil))
	between, err := s.FollowsBetween(t.Context(), []*model.BetweenKey{{Followers: users[:100], Followings: users[:100]}})
	require.NoError(t, err)
	follows := 0
	for i := range 100 {
		for _, position := range all.Following[i] {
			if position < 100 {
				follows++
			}
		}
	}
	require.Len(t, between[0], follows)
	for limit, read := range map[int]int{20_000: 1000, 2_100: 1} {
		all, err := traversal.Adjacency(t.Context(), &pathGraph{reads: s.reads}, &model.AdjacencyKey{Followers: users, Followings: users},
			traversal.ReadLimit{Follows: limit, Lookup: adjacencyLookup})
		require.NoError(t, err)
		require.Equal(t, read, slices.IndexFunc(append(all.Following, nil), func(list []int) bool { return list == nil }), limit)
	}
}

// BenchmarkAdjacency reads the follows among 4,000 users, in a dense graph and in one with celebrities.
func BenchmarkAdjacency(b *testing.B) {
	for name, graph := range map[string]string{"dense": dense, "crowd": crowd} {
		b.Run(name, func(b *testing.B) {
			s := openFilled(b, graph)
			key := &model.AdjacencyKey{Followers: ids(4000), Followings: ids(4000)}
			for b.Loop() {
				all, err := s.Adjacency(b.Context(), key)
				if err != nil {
					b.Fatal(err)
				}
				lists, follows := 0, 0
				for _, list := range all.Following {
					follows += len(list)
					if list != nil {
						lists++
					}
				}
				b.ReportMetric(float64(lists), "lists")
				b.ReportMetric(float64(follows), "follows")
			}
		})
	}
}
