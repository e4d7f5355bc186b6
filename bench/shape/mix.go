package shape

import (
	"context"
	"fmt"
	"math"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

// mixed are the operations of the mix, with their parts in LinkBench's load in percent (Armstrong and others: LinkBench:
// a database benchmark based on the Facebook social graph, SIGMOD 2013). A node is a user, and a link of it a follower;
// what this API has nothing like is left out.
//
// Lists come last, because their requests depend on the links that are added and deleted.
var mixed = []struct {
	part int
	baseline.Operation
	requests func(*mixing, context.Context, int) ([]load.Request, error)
}{
	{13, nodeOperation, (*mixing).requestNodes},
	{5, countOperation, (*mixing).requestCounts},
	{9, following.operation("AddLink"), (*mixing).requestAdditions},
	{15, updateOperation, (*mixing).requestUpdates},
	{3, unfollowing.operation("DeleteLink"), (*mixing).requestDeletions},
	{51, listOperation, (*mixing).requestLists},
}

// mix is LinkBench's load with its proportions.
var mix = Shape{
	Name:     "Q7",
	Title:    "LinkBench: link list 51, node 13, add link 9, update 15, count 5, delete 3; Zipf 0.8",
	Writes:   true,
	Requests: requestMix,
	Operations: func() (all []baseline.Operation) {
		for _, m := range mixed {
			all = append(all, m.Operation)
		}
		return all
	}(),
}

// mixing is a mix in the making.
type mixing struct {
	*Source
	added, removed map[string]int // by a user's Cognito id: how many followers all requests add, and remove
}

// zipf is the exponent of LinkBench's access distribution.
const zipf = 0.8

// zipfUser draws a user by Zipf's law over their numbers, which say nothing about how many follow them. A rank's
// distribution function is close to (rank/users)^(1-zipf), which is inverted here.
func (m *mixing) zipfUser(users int) int {
	return int(float64(users) * math.Pow(m.Random.Float64(), 1/(1-zipf)))
}

func (m *mixing) zipfUsers(ctx context.Context, count int) ([]string, error) {
	return m.chosen(ctx, count, m.zipfUser)
}

// requestMix draws the operations by their parts, makes the requests of each, and puts them into the order of the draw.
func requestMix(ctx context.Context, s *Source) ([]load.Request, error) {
	sum := 0
	for _, m := range mixed {
		sum += m.part
	}
	drawn, counts := make([]int, s.Count), make([]int, len(mixed))
	for i := range drawn {
		draw := s.Random.IntN(sum)
		for draw >= mixed[drawn[i]].part {
			draw -= mixed[drawn[i]].part
			drawn[i]++
		}
		counts[drawn[i]]++
	}
	making := &mixing{Source: s, added: make(map[string]int), removed: make(map[string]int)}
	made := make([][]load.Request, len(mixed))
	for i, m := range mixed {
		var err error
		if made[i], err = m.requests(making, ctx, counts[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	requests := make([]load.Request, s.Count)
	for i, chosen := range drawn {
		requests[i], made[chosen] = made[chosen][0], made[chosen][1:]
	}
	return requests, nil
}
