package traversal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/timestamp"
)

// timeOf returns when a follow of a listGraph was created.
func timeOf(follower, following Node) timestamp.Timestamp {
	return timestamp.Timestamp(1000*int64(follower) + int64(following))
}

func (g *listGraph) Walk(ctx context.Context, nodes []Node, degrees []int, visit Visit) (grown []int, err error) {
	for i, node := range nodes {
		list := g.lists[Forward][node]
		if len(list) > degrees[i] {
			grown, list = append(grown, i), list[:degrees[i]+1]
		}
		for _, other := range list {
			g.read++
			if !visit(i, other, timeOf(node, other)) {
				return nil, ctx.Err()
			}
		}
	}
	return grown, ctx.Err()
}

func (g *listGraph) LookUp(ctx context.Context, nodes, others []Node, visit Visit) error {
	for i, node := range nodes {
		for _, other := range others {
			g.read++
			if slices.Contains(g.lists[Forward][node], other) && !visit(i, other, timeOf(node, other)) {
				return ctx.Err()
			}
		}
	}
	return ctx.Err()
}

// adjacency returns the expected lists of all followers.
func (g *listGraph) adjacency(key *model.AdjacencyKey) *model.Adjacency {
	all := &model.Adjacency{}
	for _, follower := range key.Followers {
		positions, times := []int{}, []time.Time{}
		from, ok := g.Node(follower)
		for i, following := range key.Followings {
			to, known := g.Node(following)
			if ok && known && g.accounts[from] && g.accounts[to] && slices.Contains(g.lists[Forward][from], to) &&
				slices.Index(key.Followings, following) == i {
				positions, times = append(positions, i), append(times, timeOf(from, to).Time())
			}
		}
		all.Following, all.FollowedAt = append(all.Following, positions), append(all.FollowedAt, times)
	}
	return all
}

// inRequests requests lists until none is null, and returns all of them with the number of requests.
func (g *listGraph) inRequests(t *testing.T, key *model.AdjacencyKey, limit ReadLimit) (all *model.Adjacency, requests int) {
	t.Helper()
	all = &model.Adjacency{}
	for rest := key.Followers; ; requests++ {
		g.read = 0
		part, err := Adjacency(t.Context(), g, &model.AdjacencyKey{Followers: rest, Followings: key.Followings}, limit)
		require.NoError(t, err)
		if !g.wrong {
			require.LessOrEqual(t, g.read, limit.Follows)
		}
		end := slices.IndexFunc(part.Following, func(list []int) bool { return list == nil })
		if end < 0 {
			end = len(rest)
		}
		require.False(t, end == 0 && len(rest) > 0, "the first list is read")
		all.Following, all.FollowedAt = append(all.Following, part.Following[:end]...), append(all.FollowedAt, part.FollowedAt[:end]...)
		for _, list := range part.FollowedAt[end:] {
			require.Nil(t, list)
		}
		if rest = rest[end:]; len(rest) == 0 {
			return all, requests + 1
		}
	}
}

func TestAdjacency(t *testing.T) {
	t.Parallel()
	several := 0
	for seed := range uint64(200) {
		g := random(seed)
		source := rand.New(rand.NewPCG(seed, 7))
		some := func() (ids []string) {
			for range source.IntN(2 * len(g.ids)) {
				ids = append(ids, g.ids[source.IntN(len(g.ids))])
			}
			return append(ids, "unknown")
		}
		key := &model.AdjacencyKey{Followers: some(), Followings: some()}
		want := g.adjacency(key)
		for _, lookup := range []int{1, 3} {
			for _, wrong := range []bool{false, true} {
				g.wrong = wrong
				for _, more := range []int{0, 5, 1000} {
					all, requests := g.inRequests(t, key, ReadLimit{lookup*len(key.Followings) + more, lookup})
					require.Equal(t, want, all, "seed %d, lookup %d, wrong %t, more %d", seed, lookup, wrong, more)
					if requests > 1 {
						several++
					}
				}
			}
		}
	}
	require.Greater(t, several, 100)
}

// TestAdjacencyReturnsAtMost reads lists with more follows together than a result may have.
func TestAdjacencyReturnsAtMost(t *testing.T) {
	t.Parallel()
	g := newListGraph(400)
	for follower := range g.ids {
		for following := range g.ids {
			if follower != following {
				g.lists[Forward][follower] = append(g.lists[Forward][follower], Node(following))
			}
		}
	}
	key := &model.AdjacencyKey{Followers: g.ids, Followings: g.ids}
	for _, lookup := range []int{1, 1000} { // the lists are looked up, and walked
		all, requests := g.inRequests(t, key, ReadLimit{10_000_000, lookup})
		require.Equal(t, 4, requests)
		require.Equal(t, g.adjacency(key), all)
	}
	same := &model.AdjacencyKey{Followers: slices.Repeat(g.ids[:1], 4000), Followings: g.ids}
	part, err := Adjacency(t.Context(), g, same, ReadLimit{399, 1000})
	require.NoError(t, err)
	require.Equal(t, MaxAdjacent/399, slices.IndexFunc(part.Following, func(list []int) bool { return list == nil }))
}

func TestAdjacencyOfNoUsers(t *testing.T) {
	t.Parallel()
	g := newListGraph(2)
	for _, key := range []*model.AdjacencyKey{{}, {Followers: g.ids}, {Followings: g.ids}, {Followers: []string{"unknown"}, Followings: []string{"unknown"}}} {
		all, err := Adjacency(t.Context(), g, key, ReadLimit{10, 1})
		require.NoError(t, err)
		require.Len(t, all.Following, len(key.Followers), fmt.Sprint(key))
		for i := range key.Followers {
			require.Equal(t, []int{}, all.Following[i])
			require.Equal(t, []time.Time{}, all.FollowedAt[i])
		}
	}
}
