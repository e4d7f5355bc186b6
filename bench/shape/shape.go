// Package shape holds what is measured: for each shape of query its document, its requests, and how the two baselines
// answer it.
//
// A shape is a file and a line in All. Its requests are made beforehand from the data, by statements of the benchmark's
// own, and say how many nodes their answers have. A shape that writes tells its Source what its requests may change, so
// that the data can be put back after a run.
package shape

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

// Shape is one kind of load.
type Shape struct {
	Name       string
	Title      string // what it asks for, in a few words
	Operations []baseline.Operation
	Requests   func(context.Context, *Source) ([]load.Request, error)

	// Writes says that some requests change data: each is sent once in a run, and has to be good whichever of the others
	// went before it.
	Writes bool
}

// All are the shapes, in the order in which they are measured.
var All = []Shape{profile, pages, nesting, depth, pairs, celebrity, mix}

// Find gives the shapes of these names, in the order of the names.
func Find(names []string) ([]Shape, error) {
	found := make([]Shape, 0, len(names))
	for _, name := range names {
		i := slices.IndexFunc(All, func(s Shape) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no shape %q, only %v", name, Names())
		}
		found = append(found, All[i])
	}
	return found, nil
}

// Names are those of all shapes.
func Names() []string {
	var names []string
	for _, s := range All {
		names = append(names, s.Name)
	}
	return names
}

// Operations are those of all shapes: what the baselines answer.
func Operations() []baseline.Operation {
	var all []baseline.Operation
	for _, s := range All {
		all = append(all, s.Operations...)
	}
	return all
}

// Source is where a shape takes its requests from.
type Source struct {
	Conn   *pgx.Conn
	Random *rand.Rand
	Count  int // of requests to make

	// Token signs a token for the user with a Cognito id, for the callers of writes.
	Token func(cognitoID string) (string, error)
	// Changed is filled in with what the requests may change of what is there.
	Changes Changes
}

// Changed is what requests may change, besides making follows and moving counts.
type Changes struct {
	Follows []int64  // the ids of follows that they may end
	Users   []string // the Cognito ids of accounts that they may change
}

// users gives the Cognito ids of random users, an id perhaps several times.
func (s *Source) users(ctx context.Context, count int) ([]string, error) {
	return s.usersBy(ctx, count, func(users int) int { return s.Random.IntN(users) })
}

// chosen gives the Cognito ids of users by their numbers from 0 on, which choose picks.
func (s *Source) usersBy(ctx context.Context, count int, choose func(users int) int) ([]string, error) {
	var first, last int
	err := s.Conn.QueryRow(ctx, "SELECT min(id), max(id) FROM users").Scan(&first, &last)
	if err != nil {
		return nil, err
	}
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = first + choose(last-first+1)
	}
	rows, _ := s.Conn.Query(ctx, `SELECT cognito_id FROM unnest($1::bigint[]) WITH ORDINALITY AS k (id, ord)
		JOIN users USING (id) ORDER BY k.ord`, numbers)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(ids) != count {
		err = fmt.Errorf("the numbers of users have gaps: %d of %d were found", len(ids), count)
	}
	return ids, err
}

// count runs a statement that gives a number for each of the ids, in their order.
func (s *Source) count(ctx context.Context, sql string, ids []string) ([]int, error) {
	rows, _ := s.Conn.Query(ctx, sql, ids)
	counts, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err == nil && len(counts) != len(ids) {
		err = fmt.Errorf("%d counts for %d users", len(counts), len(ids))
	}
	return counts, err
}

// node is the key that stands in an answer once for each user, but where a shape says otherwise.
const node = `"cognitoId"`

// request makes a request; nodes is how many its answer has.
func request(document, operation string, variables baseline.Variables, nodes int) (load.Request, error) {
	body, err := json.Marshal(struct {
		Query         string             `json:"query"`
		OperationName string             `json:"operationName"`
		Variables     baseline.Variables `json:"variables"`
	}{document, operation, variables})
	return load.Request{Body: body, Key: node, Nodes: nodes}, err
}

// write makes a request that changes data, by the caller that v names. check stands in its answer once.
func (s *Source) write(document, operation string, v baseline.Variables, check string) (load.Request, error) {
	r, err := request(document, operation, v, 1)
	if err != nil {
		return r, err
	}
	r.Key = check
	r.Token, err = s.Token(v.Viewer)
	return r, err
}

// byID is the parameter of operations that ask for one user by its Cognito id.
func byID(v baseline.Variables) ([]any, error) { return []any{v.ID}, nil }
