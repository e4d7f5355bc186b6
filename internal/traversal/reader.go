package traversal

import (
	"context"
	"errors"

	"followgraph/internal/observe/meter"
)

// reader reads a graph for one search, and counts the follows that are left of its limit.
type reader struct {
	graph Graph
	left  int
}

// errLimit ends a search that would have to read too many follows.
var errLimit = errors.New("the search reached its limit")

// The memory of a search, in bytes: a node in the list of its level with its bit, and a neighbor.
const (
	nodeBytes     = 6
	neighborBytes = 4
)

// neighbors reads the follows of nodes. errLimit means that there are more than the limit allows, which can be only if
// the degrees of the graph are not exact.
func (r *reader) neighbors(ctx context.Context, nodes []Node, direction Direction, expected int) (Neighbors, error) {
	if err := meter.From(ctx).Hold(expected*neighborBytes + len(nodes)*nodeBytes); err != nil {
		return Neighbors{}, err
	}
	found, err := r.graph.Neighbors(ctx, nodes, direction, expected, r.left)
	if err != nil {
		return Neighbors{}, err
	}
	if len(found.All) > r.left {
		return Neighbors{}, errLimit
	}
	r.left -= len(found.All)
	return found, nil
}

// frontier is the last level of a search in one direction: nodes of which no follows were read.
type frontier struct {
	nodes    []Node // those without an account are dropped, unless follows exceeds the limit
	follows  int    // that reading the next level takes; more than the limit if it exceeds it
	measured bool
}

// measure counts the follows that reading the next level takes, and drops the nodes without an account.
func (f *frontier) measure(ctx context.Context, r *reader, direction Direction) error {
	if f.measured || len(f.nodes) == 0 {
		return nil
	}
	degrees, err := r.graph.Degrees(ctx, f.nodes, direction, r.left)
	if err != nil {
		return err
	}
	f.take(degrees)
	return nil
}

// take takes the degrees of the nodes, of which those of the last ones may be missing.
func (f *frontier) take(degrees []int) {
	f.measured, f.follows = true, 0
	kept := f.nodes[:0]
	for i, degree := range degrees {
		if degree != NoAccount {
			kept = append(kept, f.nodes[i])
			f.follows += degree
		}
	}
	f.nodes = append(kept, f.nodes[len(degrees):]...)
}

// accounts returns the nodes that have an account.
func (r *reader) accounts(ctx context.Context, nodes []Node) ([]Node, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	degrees, err := r.graph.Degrees(ctx, nodes, Forward, unlimited)
	if err != nil {
		return nil, err
	}
	var kept []Node
	for i, degree := range degrees {
		if degree != NoAccount {
			kept = append(kept, nodes[i])
		}
	}
	return kept, nil
}

const unlimited = int(^uint(0) >> 1)
