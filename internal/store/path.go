package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/traversal"
)

// maxPathFollows is how many follows one search for paths reads by SQL.
const maxPathFollows = 100_000

// pathList is the list of follows that a direction of a search reads. Count is the column with its length.
type pathList struct {
	list
	Count string
}

var (
	pathLists = map[traversal.Direction]pathList{
		traversal.Forward:  {following, "followings_count"},
		traversal.Backward: {followers, "followers_count"},
	}
	pathDegrees   = pathStatements("path_degrees")
	pathNeighbors = pathStatements("path_neighbors")
)

func pathStatements(name string) map[traversal.Direction]string {
	statements := map[traversal.Direction]string{}
	for direction, list := range pathLists {
		statements[direction] = statement(name, list)
	}
	return statements
}

// ShortestPath returns the shortest path of follows between two users, as traversal.ShortestPath defines it. It runs up
// to three statements for each level that it reads. They do not share a snapshot: if follows or accounts change during
// the search, each of them sees the graph as it is then.
func (r reads) ShortestPath(ctx context.Context, from, to string) (model.Path, error) {
	return traversal.ShortestPath(ctx, &pathGraph{reads: r}, from, to, maxPathFollows)
}

// Distances returns the distances from a user to others, as traversal.Distances defines them. Its statements are like
// those of ShortestPath.
func (r reads) Distances(ctx context.Context, from string, to []string) ([]model.Distance, error) {
	return traversal.Distances(ctx, &pathGraph{reads: r}, from, to, maxPathFollows)
}

// pathGraph is the graph of one search. It numbers the ids that the search meets.
type pathGraph struct {
	reads
	ids   []string
	nodes map[string]traversal.Node
}

// Node returns the node of an id, whether or not it has an account.
func (g *pathGraph) Node(id string) (traversal.Node, bool) {
	node, ok := g.nodes[id]
	if !ok {
		if g.nodes == nil {
			g.nodes = map[string]traversal.Node{}
		}
		node = traversal.Node(len(g.ids))
		g.ids = append(g.ids, id)
		g.nodes[id] = node
	}
	return node, true
}

// ID returns the id of a node.
func (g *pathGraph) ID(node traversal.Node) string { return g.ids[node] }

// idsOf returns the ids of nodes.
func (g *pathGraph) idsOf(nodes []traversal.Node) []string {
	ids := make([]string, len(nodes))
	for i, node := range nodes {
		ids[i] = g.ids[node]
	}
	return ids
}

// Degrees returns the count of each node in a direction, or traversal.NoAccount.
func (g *pathGraph) Degrees(ctx context.Context, nodes []traversal.Node, direction traversal.Direction, _ int) ([]int, error) {
	degrees := make([]int, len(nodes))
	_, err := g.run(ctx, []query{{pathDegrees[direction], []any{g.idsOf(nodes)}, func(_ context.Context, rows pgx.Rows) error {
		for i := range degrees {
			degrees[i] = traversal.NoAccount
		}
		return eachSmallRow(rows, func(r *row) error {
			place := &degrees[r.integer()-1]
			*place = int(r.integer())
			return nil
		})
	}}})
	return degrees, err
}

// pathNodeBytes is the memory that an id takes besides its text: a node and a slot of the map.
const pathNodeBytes = 64

// Neighbors returns the lists of nodes in a direction.
func (g *pathGraph) Neighbors(
	ctx context.Context, nodes []traversal.Node, direction traversal.Direction, expected, most int,
) (found traversal.Neighbors, err error) {
	const ofBits = 32
	follows := make([]int64, 0, expected) // the index of a node, and in the lower half the other node
	_, err = g.run(ctx, []query{{pathNeighbors[direction], []any{g.idsOf(nodes), most + 1}, func(ctx context.Context, rows pgx.Rows) error {
		follows = follows[:0]
		operation := meter.From(ctx)
		return eachSmallRow(rows, func(r *row) error {
			of, id := r.integer()-1, r.bytes()
			node, ok := g.nodes[string(id)]
			if !ok {
				if err := operation.Hold(len(id) + pathNodeBytes); err != nil {
					return err
				}
				node, _ = g.Node(string(id))
			}
			follows = append(follows, of<<ofBits|int64(node))
			return nil
		})
	}}})
	if err != nil {
		return found, err
	}
	if !slices.IsSortedFunc(follows, func(a, b int64) int { return cmp.Compare(a>>ofBits, b>>ofBits) }) {
		slices.Sort(follows)
	}
	found.All, found.Ends = make([]traversal.Node, len(follows)), make([]int, len(nodes))
	at := 0
	for i := range nodes {
		for ; at < len(follows) && int(follows[at]>>ofBits) == i; at++ {
			found.All[at] = traversal.Node(follows[at] & (1<<ofBits - 1))
		}
		found.Ends[i] = at
	}
	return found, nil
}
