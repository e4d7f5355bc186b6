package traversal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

// listGraph is a graph of lists. Node i has the id ids[i].
type listGraph struct {
	ids      []string
	accounts []bool
	lists    map[Direction][][]Node
	read     int  // follows
	calls    int  // of Degrees and Neighbors
	wrong    bool // whether the degrees are 0
}

func newListGraph(n int) *listGraph {
	g := &listGraph{lists: map[Direction][][]Node{Forward: make([][]Node, n), Backward: make([][]Node, n)}}
	for i := range n {
		g.ids, g.accounts = append(g.ids, fmt.Sprint("id", i*7919%n)), append(g.accounts, true)
	}
	return g
}

// follow adds a follow once.
func (g *listGraph) follow(follower, following int) {
	if !slices.Contains(g.lists[Forward][follower], Node(following)) {
		g.lists[Forward][follower] = append(g.lists[Forward][follower], Node(following))
		g.lists[Backward][following] = append(g.lists[Backward][following], Node(follower))
	}
}

func (g *listGraph) Node(id string) (Node, bool) {
	node := slices.Index(g.ids, id)
	return Node(max(node, 0)), node >= 0
}

func (g *listGraph) ID(node Node) string { return g.ids[node] }

func (g *listGraph) Degrees(ctx context.Context, nodes []Node, direction Direction, most int) (degrees []int, err error) {
	g.calls++
	sum := 0
	for _, node := range nodes {
		degree := len(g.lists[direction][node])
		switch {
		case !g.accounts[node]:
			degree = NoAccount
		case g.wrong:
			degree = 0
		}
		degrees = append(degrees, degree)
		if sum += max(degree, 0); sum > most {
			break
		}
	}
	return degrees, ctx.Err()
}

func (g *listGraph) Neighbors(ctx context.Context, nodes []Node, direction Direction, _, most int) (found Neighbors, err error) {
	g.calls++
	for _, node := range nodes {
		found.All = append(found.All, g.lists[direction][node]...)
		found.Ends = append(found.Ends, len(found.All))
		if len(found.All) > most {
			break
		}
	}
	g.read += len(found.All)
	return found, ctx.Err()
}

// distances returns the distance from a node to each other one, -1 if there is no path.
func (g *listGraph) distances(from Node) []int {
	distances := slices.Repeat([]int{-1}, len(g.ids))
	if !g.accounts[from] {
		return distances
	}
	distances[from] = 0
	for queue := []Node{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g.lists[Forward][queue[0]] {
			if distances[next] < 0 && g.accounts[next] {
				distances[next] = distances[queue[0]] + 1
				queue = append(queue, next)
			}
		}
	}
	return distances
}

// smallest returns the smallest of all shortest paths, found by a different search: from the end, the best path of each
// node in the order of distance.
func (g *listGraph) smallest(from, to Node) []string {
	distances := g.distances(from)
	if distances[to] < 0 {
		return nil
	}
	best := map[Node][]string{from: {g.ids[from]}}
	for distance := 1; distance <= distances[to]; distance++ {
		next := map[Node][]string{}
		for node, path := range best {
			for _, other := range g.lists[Forward][node] {
				if distances[other] != distance {
					continue
				}
				longer := append(slices.Clone(path), g.ids[other])
				if known, ok := next[other]; !ok || slices.Compare(longer, known) < 0 {
					next[other] = longer
				}
			}
		}
		best = next
	}
	return best[to]
}

// random returns a graph in which some nodes have no account.
func random(seed uint64) *listGraph {
	r := rand.New(rand.NewPCG(seed, 1))
	n := 2 + r.IntN(60)
	g := newListGraph(n)
	for range r.IntN(3*n + 1) {
		if from, to := r.IntN(n), r.IntN(n); from != to {
			if r.IntN(3) == 0 {
				to = 0
			}
			if from != to {
				g.follow(from, to)
			}
		}
	}
	for range r.IntN(1 + n/4) {
		g.accounts[r.IntN(n)] = false
	}
	return g
}

// TestRandomGraphs compares all paths and distances of random graphs with those of a plain search from one end.
func TestRandomGraphs(t *testing.T) {
	t.Parallel()
	long := 0
	for seed := range uint64(150) {
		g := random(seed)
		for from := range Node(len(g.ids)) {
			distances := g.distances(from)
			for to := range Node(len(g.ids)) {
				path, err := ShortestPath(t.Context(), g, g.ids[from], g.ids[to], 10_000)
				require.NoError(t, err)
				want := model.Path{Status: model.PathStatusNone}
				if distances[to] >= 0 {
					want = model.Path{Status: model.PathStatusFound, CognitoIDs: g.smallest(from, to)}
				}
				require.Equal(t, want, path, "seed %d, from %d to %d", seed, from, to)
				long = max(long, len(path.CognitoIDs))
			}
			found, err := Distances(t.Context(), g, g.ids[from], g.ids, 1_000_000)
			require.NoError(t, err)
			require.Equal(t, expected(g, distances), found, "seed %d, from %d", seed, from)
		}
	}
	require.Greater(t, long, 8, "there are long paths")
}

// expected returns what Distances returns for all nodes.
func expected(g *listGraph, distances []int) []model.Distance {
	all := make([]model.Distance, len(distances))
	for i, distance := range distances {
		all[i] = model.Distance{To: g.ids[i], Status: model.PathStatusNone}
		if distance >= 0 && distance <= MaxDistance {
			all[i].Status, all[i].Length = model.PathStatusFound, &distance
		}
	}
	return all
}

// TestLimits runs the searches of random graphs with every small limit. A search never reads more, and what it finds is
// right.
func TestLimits(t *testing.T) {
	t.Parallel()
	reached := 0
	for seed := range uint64(60) {
		g := random(seed)
		last := Node(len(g.ids) - 1)
		distances := g.distances(0)
		for limit := range 80 {
			g.read = 0
			path, err := ShortestPath(t.Context(), g, g.ids[0], g.ids[last], limit)
			require.NoError(t, err)
			require.LessOrEqual(t, g.read, limit)
			switch path.Status {
			case model.PathStatusFound:
				require.Equal(t, g.smallest(0, last), path.CognitoIDs)
			case model.PathStatusNone:
				require.Equal(t, -1, distances[last])
			default:
				reached++
				require.Nil(t, path.CognitoIDs)
			}
			g.read = 0
			found, err := Distances(t.Context(), g, g.ids[0], g.ids, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, g.read, limit)
			for i, want := range expected(g, distances) {
				if found[i].Status == model.PathStatusLimitReached {
					require.Nil(t, found[i].Length)
					reached++
					continue
				}
				require.Equal(t, want, found[i], "seed %d, limit %d", seed, limit)
			}
		}
	}
	require.Greater(t, reached, 1000)
}

func TestUnknownUsers(t *testing.T) {
	t.Parallel()
	g := newListGraph(2)
	g.follow(0, 1)
	for _, ends := range [][2]string{{"unknown", g.ids[1]}, {g.ids[0], "unknown"}, {"unknown", "unknown"}} {
		path, err := ShortestPath(t.Context(), g, ends[0], ends[1], 10)
		require.NoError(t, err)
		require.Equal(t, model.Path{Status: model.PathStatusNone}, path)
		found, err := Distances(t.Context(), g, ends[0], []string{ends[1]}, 10)
		require.NoError(t, err)
		require.Equal(t, []model.Distance{{To: ends[1], Status: model.PathStatusNone}}, found)
	}
}

// TestLongPaths searches along a chain that is as long as the limit, and one longer.
func TestLongPaths(t *testing.T) {
	t.Parallel()
	g := newListGraph(MaxLength + 2)
	for i := range MaxLength + 1 {
		g.follow(i, i+1)
	}
	path, err := ShortestPath(t.Context(), g, g.ids[0], g.ids[MaxLength], 10_000)
	require.NoError(t, err)
	require.Len(t, path.CognitoIDs, MaxLength+1)
	require.Less(t, g.calls, 4*MaxLength)
	path, err = ShortestPath(t.Context(), g, g.ids[0], g.ids[MaxLength+1], 10_000)
	require.NoError(t, err)
	require.Equal(t, model.Path{Status: model.PathStatusLimitReached}, path)
}

// TestCelebrities searches from a user with one follow to one with a thousand followers. It reads the side that is
// cheaper.
func TestCelebrities(t *testing.T) {
	t.Parallel()
	g := newListGraph(2000)
	for i := range 1000 {
		g.follow(1000+i, 1)
		g.follow(0, 3+i)
	}
	g.follow(2, 1000)
	path, err := ShortestPath(t.Context(), g, g.ids[2], g.ids[1], 10)
	require.NoError(t, err)
	require.Equal(t, []string{g.ids[2], g.ids[1000], g.ids[1]}, path.CognitoIDs)
	require.LessOrEqual(t, g.read, 2)
	path, err = ShortestPath(t.Context(), g, g.ids[0], g.ids[1], 999)
	require.NoError(t, err)
	require.Equal(t, model.PathStatusLimitReached, path.Status)
	require.LessOrEqual(t, g.read, 2, "the limit is known before a level is read")

	found, err := Distances(t.Context(), g, g.ids[2], []string{g.ids[1], g.ids[1000]}, 10)
	require.NoError(t, err)
	require.Equal(t, []model.Distance{
		{To: g.ids[1], Status: model.PathStatusFound, Length: new(2)}, {To: g.ids[1000], Status: model.PathStatusFound, Length: new(1)},
	}, found)
}

// TestWrongDegrees reads a graph that has more follows than its degrees say, as counts can be wrong during an adoption.
func TestWrongDegrees(t *testing.T) {
	t.Parallel()
	g := newListGraph(50)
	g.wrong = true
	for i := range 49 {
		g.follow(0, 1+i)
	}
	path, err := ShortestPath(t.Context(), g, g.ids[0], g.ids[49], 60)
	require.NoError(t, err)
	require.Equal(t, []string{g.ids[0], g.ids[49]}, path.CognitoIDs)
	path, err = ShortestPath(t.Context(), g, g.ids[0], g.ids[49], 10)
	require.NoError(t, err)
	require.Equal(t, model.PathStatusLimitReached, path.Status)
	found, err := Distances(t.Context(), g, g.ids[0], []string{g.ids[49]}, 10)
	require.NoError(t, err)
	require.Equal(t, model.PathStatusLimitReached, found[0].Status)
}

func TestSearchesEndWithTheContext(t *testing.T) {
	t.Parallel()
	g := newListGraph(2)
	g.follow(0, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ShortestPath(ctx, g, g.ids[0], g.ids[1], 10)
	require.ErrorIs(t, err, context.Canceled)
	_, err = Distances(ctx, g, g.ids[0], g.ids[1:], 10)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSet(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	s, known := new(set), map[Node]bool{}
	for range 10_000 {
		node := Node(r.IntN(100_000)) * Node(1+r.IntN(3))
		require.Equal(t, known[node], s.contains(node))
		require.Equal(t, !known[node], s.add(node))
		known[node] = true
	}
}
