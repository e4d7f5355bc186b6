package resident

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/timestamp"
	"followgraph/internal/traversal"
)

// maxAdjacencyFollows is how many follows one adjacency reads in memory.
const maxAdjacencyFollows = 1_000_000

// adjacencyLookup is how many follows a lookup of one pair counts as. It reads at most a short list, or a path in the
// index of a long one, and often memory that is in no cache of the processor.
const adjacencyLookup = 8

// Adjacency returns the follows from users of one list to users of another, as traversal.Adjacency defines them.
func (v *Version) Adjacency(ctx context.Context, key *model.AdjacencyKey) (*model.Adjacency, error) {
	return traversal.Adjacency(ctx, pathGraph{v}, key, traversal.ReadLimit{Follows: maxAdjacencyFollows, Lookup: adjacencyLookup})
}

// Walk visits the lists of followed users of nodes. Degrees are exact, so no list has grown.
func (g pathGraph) Walk(ctx context.Context, numbers []traversal.Node, _ []int, visit traversal.Visit) (grown []int, err error) {
	at := 0
	return nil, g.eachList(ctx, numbers, func(n *node) (more bool) {
		more = n.following.each(func(e entry) bool {
			return visit(at, e.other, timestamp.Timestamp(g.version.time(e).first))
		})
		at++
		return more
	})
}

// LookUp visits the follows from any of the nodes to any of others.
func (g pathGraph) LookUp(ctx context.Context, numbers, others []traversal.Node, visit traversal.Visit) error {
	followings := make([]*node, len(others))
	for i, other := range others {
		followings[i] = g.version.node(other)
	}
	at := 0
	return g.eachList(ctx, numbers, func(n *node) bool {
		for _, following := range followings {
			e, ok := g.version.follow(n, following)
			if ok && !visit(at, following.number, timestamp.Timestamp(g.version.time(e).first)) {
				return false
			}
		}
		at++
		return true
	})
}

// eachList calls visit for nodes, until the operation of ctx has ended or visit returns false. It checks the operation
// often, because a visit reads a list.
func (g pathGraph) eachList(ctx context.Context, numbers []traversal.Node, visit func(*node) (more bool)) error {
	for i, number := range numbers {
		if i%checkLists == 0 {
			if err := interrupted(ctx); err != nil {
				return err
			}
		}
		if !visit(g.version.node(number)) {
			return nil
		}
	}
	return nil
}

// checkLists is how many lists are read before the operation is checked again: at most 10 ms.
const checkLists = 16
