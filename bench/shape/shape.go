// Package shape defines what is measured: for each shape of query its document, its requests, and how the two baselines
// answer it.
//
// A shape is a file and a line in All. Its requests are generated from the data before the run, by the benchmark's own
// statements, together with the number of nodes in their answers. A shape that writes records in its Source what its
// requests may change, so that the data can be restored after a run.
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
	Title      string // a short description
	Operations []baseline.Operation
	Requests   func(context.Context, *Source) ([]load.Request, error)

	// Writes reports that some requests change data. Each is sent once in a run, and must succeed whatever the order of
	// the requests.
	Writes bool
}

// All are the shapes, in the order in which they are measured.
var All = []Shape{profile, pages, nesting, depth, pairs, celebrity, mix}

// Find returns the shapes with these names, in the order of the names.
func Find(names []string) ([]Shape, error) {
	shapes := make([]Shape, 0, len(names))
	for _, name := range names {
		i := slices.IndexFunc(All, func(s Shape) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no shape %q, only %v", name, Names())
		}
		shapes = append(shapes, All[i])
	}
	return shapes, nil
}

// Names returns the names of all shapes.
func Names() []string {
	var names []string
	for _, s := range All {
		names = append(names, s.Name)
	}
	return names
}

// Operations returns the operations of all shapes, which the baselines answer.
func Operations() []baseline.Operation {
	var all []baseline.Operation
	for _, s := range All {
		all = append(all, s.Operations...)
	}
	return all
}

// Source provides the data for the requests of a shape.
type Source struct {
	Conn   *pgx.Conn
	Random *rand.Rand
	Count  int // number of requests to generate

	// Token signs a token for the user with a Cognito id: the caller of a write.
	Token func(cognitoID string) (string, error)
	// Changes collects the existing data that the requests may change.
	Changes Changes
}

// Changes is what requests may change, besides creating follows and changing counts.
type Changes struct {
	Follows []int64  // ids of follows that they may end
	Users   []string // Cognito ids of accounts that they may change
}

// users returns the Cognito ids of random users, possibly with duplicates.
func (s *Source) users(ctx context.Context, count int) ([]string, error) {
	return s.usersBy(ctx, count, func(users int) int { return s.Random.IntN(users) })
}

// usersBy returns the Cognito ids of users. choose selects them by their numbers, from 0.
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
		err = fmt.Errorf("the ids of users have gaps: found %d of %d", len(ids), count)
	}
	return ids, err
}

// count runs a statement that returns a number for each of the ids, in their order.
func (s *Source) count(ctx context.Context, sql string, ids []string) ([]int, error) {
	rows, _ := s.Conn.Query(ctx, sql, ids)
	counts, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err == nil && len(counts) != len(ids) {
		err = fmt.Errorf("%d counts for %d users", len(counts), len(ids))
	}
	return counts, err
}

// node is the key that occurs in an answer once for each user, unless a shape uses another key.
const node = `"cognitoId"`

// request returns a request whose answer has that number of nodes.
func request(document, operation string, variables baseline.Variables, nodes int) (load.Request, error) {
	body, err := json.Marshal(struct {
		Query         string             `json:"query"`
		OperationName string             `json:"operationName"`
		Variables     baseline.Variables `json:"variables"`
	}{document, operation, variables})
	return load.Request{Body: body, Key: node, Nodes: nodes}, err
}

// write returns a request that changes data. v names the caller. check occurs in its answer once.
func (s *Source) write(document, operation string, v baseline.Variables, check string) (load.Request, error) {
	r, err := request(document, operation, v, 1)
	if err != nil {
		return r, err
	}
	r.Key = check
	r.Token, err = s.Token(v.Viewer)
	return r, err
}

// byID returns the parameter of operations that read one user by its Cognito id.
func byID(v baseline.Variables) ([]any, error) { return []any{v.ID}, nil }
