package resident

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/traversal"
)

// maxPathFollows is how many follows one search for paths reads in memory.
const maxPathFollows = 500_000

// ShortestPath returns the shortest path of follows between two users, as traversal.ShortestPath defines it.
func (v *Version) ShortestPath(ctx context.Context, from, to string) (model.Path, error) {
	return traversal.ShortestPath(ctx, pathGraph{v}, from, to, maxPathFollows)
}

// Distances returns the distances from a user to others, as traversal.Distances defines them.
func (v *Version) Distances(ctx context.Context, from string, to []string) ([]model.Distance, error) {
	return traversal.Distances(ctx, pathGraph{v}, from, to, maxPathFollows)
}

// pathGraph is a version as a search for paths reads it. Its nodes are the numbers of names.
type pathGraph struct{ version *Version }

func (g pathGraph) Node(id string) (traversal.Node, bool) { return g.version.names.find(id) }

func (g pathGraph) ID(node traversal.Node) string { return g.version.names.id(node) }

// pathBlock is how many nodes are read at once. The first step to the memory of each of them is made before the second
// step to the first one, see pageReader.complete.
const pathBlock = 64

// blocks calls visit for nodes in blocks, until the operation of ctx has ended or visit returns false.
func (g pathGraph) blocks(ctx context.Context, numbers []traversal.Node, visit func([]*node) bool) error {
	var nodes [pathBlock]*node
	for at := 0; at < len(numbers); at += pathBlock {
		if at%(64*pathBlock) == 0 {
			if err := interrupted(ctx); err != nil {
				return err
			}
		}
		n := min(pathBlock, len(numbers)-at)
		for i, number := range numbers[at : at+n] {
			nodes[i] = g.version.node(number)
		}
		if !visit(nodes[:n]) {
			return nil
		}
	}
	return nil
}

func listOf(n *node, direction traversal.Direction) list {
	if direction == traversal.Forward {
		return n.following
	}
	return n.followers
}

// Degrees returns the length of the list of each node, or traversal.NoAccount, until their sum is greater than most.
func (g pathGraph) Degrees(ctx context.Context, numbers []traversal.Node, direction traversal.Direction, most int) ([]int, error) {
	degrees, sum := make([]int, 0, len(numbers)), 0
	err := g.blocks(ctx, numbers, func(nodes []*node) bool {
		for _, n := range nodes {
			degree := traversal.NoAccount
			if n.row != nil {
				degree = listOf(n, direction).len()
				sum += degree
			}
			degrees = append(degrees, degree)
		}
		return sum <= most
	})
	return degrees, err
}

// Neighbors returns the lists of nodes.
func (g pathGraph) Neighbors(
	ctx context.Context, numbers []traversal.Node, direction traversal.Direction, expected, most int,
) (found traversal.Neighbors, err error) {
	found.All, found.Ends = make([]traversal.Node, 0, expected), make([]int, 0, len(numbers))
	err = g.blocks(ctx, numbers, func(nodes []*node) bool {
		for _, n := range nodes {
			if err = listOf(n, direction).parts(ctx, func(entries []entry) {
				for i := range entries {
					found.All = append(found.All, entries[i].other)
				}
			}); err != nil {
				return false
			}
			found.Ends = append(found.Ends, len(found.All))
		}
		return len(found.All) <= most
	})
	return found, err
}
