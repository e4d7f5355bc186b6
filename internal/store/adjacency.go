package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/timestamp"
	"followgraph/internal/traversal"
)

// maxAdjacencyFollows is how many follows one adjacency reads by SQL.
const maxAdjacencyFollows = 100_000

// adjacencyLookup is how many follows a lookup of one pair counts as: it takes two to three times as long as the next row
// of a list.
const adjacencyLookup = 2

var adjacencySQL = statement("adjacency", nil)

// Adjacency returns the follows from users of one list to users of another, as traversal.Adjacency defines them. It runs
// up to three statements, which do not share a snapshot.
func (r reads) Adjacency(ctx context.Context, key *model.AdjacencyKey) (*model.Adjacency, error) {
	return traversal.Adjacency(ctx, &pathGraph{reads: r}, key, traversal.ReadLimit{Follows: maxAdjacencyFollows, Lookup: adjacencyLookup})
}

// visitedFollows are follows that a statement has read.
type visitedFollows struct {
	// order has the index of each follow's follower, and in the lower half the index in others and times.
	order  []int64
	others []traversal.Node
	times  []timestamp.Timestamp
}

const (
	visitedFollowBytes = 20
	followerBits       = 32
)

func (f *visitedFollows) reset() { f.order, f.others, f.times = f.order[:0], f.others[:0], f.times[:0] }

func (f *visitedFollows) add(operation *meter.Meter, index int, other traversal.Node, at timestamp.Timestamp) error {
	f.order = append(f.order, int64(index)<<followerBits|int64(len(f.others)))
	f.others, f.times = append(f.others, other), append(f.times, at)
	return operation.Hold(visitedFollowBytes)
}

// visit visits the follows in the order of their followers. They are already in this order, unless the planner has
// chosen another one.
func (f *visitedFollows) visit(visit traversal.Visit) {
	slices.Sort(f.order)
	for _, number := range f.order {
		i := number & (1<<followerBits - 1)
		if !visit(int(number>>followerBits), f.others[i], f.times[i]) {
			return
		}
	}
}

// Walk visits the follows of nodes. It reads one more than the degree of each, so that it notices if there are more.
func (g *pathGraph) Walk(ctx context.Context, nodes []traversal.Node, degrees []int, visit traversal.Visit) (grown []int, err error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	most := make([]int32, len(degrees))
	for i, degree := range degrees {
		most[i] = int32(degree) + 1
	}
	read := make([]int32, len(nodes))
	var follows visitedFollows
	_, err = g.run(ctx, []query{{adjacencySQL, []any{g.idsOf(nodes), most}, func(ctx context.Context, rows pgx.Rows) error {
		clear(read)
		follows.reset()
		operation := meter.From(ctx)
		return eachSmallRow(rows, func(r *row) error {
			index := r.integer() - 1
			read[index]++
			other, ok := g.nodes[string(r.bytes())]
			if !ok {
				return nil
			}
			at, _ := r.timestamp()
			return follows.add(operation, int(index), other, at)
		})
	}}})
	if err != nil {
		return nil, err
	}
	for i := range read {
		if read[i] == most[i] {
			grown = append(grown, i)
		}
	}
	follows.visit(visit)
	return grown, nil
}

// LookUp visits the follows from any of nodes to any of others, as FollowsBetween reads them.
func (g *pathGraph) LookUp(ctx context.Context, nodes, others []traversal.Node, visit traversal.Visit) error {
	indexes := make(map[string]int, len(nodes))
	followers := g.idsOf(nodes)
	for i, id := range followers {
		indexes[id] = i
	}
	var follows visitedFollows
	args := betweenArgs([]*model.BetweenKey{{Followers: followers, Followings: g.idsOf(others)}})
	_, err := g.run(ctx, []query{{followsBetweenSQL, args, func(ctx context.Context, rows pgx.Rows) error {
		follows.reset()
		operation := meter.From(ctx)
		return eachSmallRow(rows, func(r *row) error {
			r.next() // the number of the key
			index, other := indexes[string(r.bytes())], g.nodes[string(r.bytes())]
			at, _ := r.timestamp()
			return follows.add(operation, index, other, at)
		})
	}}})
	if err != nil {
		return err
	}
	follows.visit(visit)
	return nil
}
