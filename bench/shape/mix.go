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
var mixParts = []struct {
	part int
	baseline.Operation
	requests func(*mixBuilder, context.Context, int) ([]load.Request, error)
}{
	{13, nodeOperation, (*mixBuilder).requestNodes},
	{5, countOperation, (*mixBuilder).requestCounts},
	{9, following.operation("AddLink"), (*mixBuilder).requestAdditions},
	{15, updateOperation, (*mixBuilder).requestUpdates},
	{3, unfollowing.operation("DeleteLink"), (*mixBuilder).requestDeletions},
	{51, listOperation, (*mixBuilder).requestLists},
}

// mix is LinkBench's load with its proportions.
var mix = Shape{
	Name:     "Q7",
	Title:    "LinkBench: link list 51, node 13, add link 9, update 15, count 5, delete 3; Zipf 0.8",
	Writes:   true,
	Requests: requestMix,
	Operations: func() (all []baseline.Operation) {
		for _, m := range mixParts {
			all = append(all, m.Operation)
		}
		return all
	}(),
}

// mixing is a mix in the making.
type mixBuilder struct {
	*Source
	added, removed map[string]int // by a user's Cognito id: how many followers all requests add, and remove
}

// zipf is the exponent of LinkBench's access distribution.
const zipf = 0.8

// zipfUser draws a user by Zipf's law over their numbers, which say nothing about how many follow them. A rank's
// distribution function is close to (rank/users)^(1-zipf), which is inverted here.
func (m *mixBuilder) zipfUser(users int) int {
	return int(float64(users) * math.Pow(m.Random.Float64(), 1/(1-zipf)))
}

func (m *mixBuilder) zipfUsers(ctx context.Context, count int) ([]string, error) {
	return m.usersBy(ctx, count, m.zipfUser)
}

// requestMix draws the operations by their parts, makes the requests of each, and puts them into the order of the draw.
func requestMix(ctx context.Context, s *Source) ([]load.Request, error) {
	sum := 0
	for _, m := range mixParts {
		sum += m.part
	}
	partOf, counts := make([]int, s.Count), make([]int, len(mixParts))
	for i := range partOf {
		draw := s.Random.IntN(sum)
		for draw >= mixParts[partOf[i]].part {
			draw -= mixParts[partOf[i]].part
			partOf[i]++
		}
		counts[partOf[i]]++
	}
	builder := &mixBuilder{Source: s, added: make(map[string]int), removed: make(map[string]int)}
	requestsByPart := make([][]load.Request, len(mixParts))
	for i, m := range mixParts {
		var err error
		if requestsByPart[i], err = m.requests(builder, ctx, counts[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	requests := make([]load.Request, s.Count)
	for i, part := range partOf {
		requests[i], requestsByPart[part] = requestsByPart[part][0], requestsByPart[part][1:]
	}
	return requests, nil
}
