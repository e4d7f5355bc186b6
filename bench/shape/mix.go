package shape

import (
	"context"
	"fmt"
	"math"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

// mixParts are the operations of the mix, with their shares of LinkBench's load in percent (Armstrong and others:
// LinkBench: a database benchmark based on the Facebook social graph, SIGMOD 2013). A node is a user, and a link of it
// is a follower. Operations without an equivalent in this API are left out.
//
// Lists are last, because their requests depend on the links that are added and deleted.
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

// mix is LinkBench's load in its proportions.
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

// mixBuilder generates the requests of the mix.
type mixBuilder struct {
	*Source
	added, removed map[string]int // by Cognito id: the number of followers that all requests add, and remove
}

// zipf is the exponent of LinkBench's access distribution.
const zipf = 0.8

// zipfUser draws a user by Zipf's law over the users' numbers, which are independent of their followers. The
// distribution function of a rank is approximately (rank/users)^(1-zipf); zipfUser inverts it.
func (m *mixBuilder) zipfUser(users int) int {
	return int(float64(users) * math.Pow(m.Random.Float64(), 1/(1-zipf)))
}

func (m *mixBuilder) zipfUsers(ctx context.Context, count int) ([]string, error) {
	return m.usersBy(ctx, count, m.zipfUser)
}

// requestMix draws the operations by their shares, generates the requests of each, and merges them in the order of the
// draw.
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
