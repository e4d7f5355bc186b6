package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/social"
)

// noStore fails the test that reads: what is refused must be refused before that.
type noStore struct {
	social.AccountStore
	social.FollowStore
	t *testing.T
}

func (s noStore) Pages(context.Context, []model.ConnectionKey) ([][]model.Edge, error) {
	s.t.Error("a page was read")
	return nil, context.Canceled
}

func (s noStore) Users(context.Context, []model.UserKey) ([]*model.User, error) {
	s.t.Error("users were read")
	return nil, context.Canceled
}

func (s noStore) UsersAndPages(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	return together(ctx, s, users, pages)
}

// doubling is a document of n fragments, each of which spreads the next one twice: 2^n objects, n lines.
func doubling(n int) string {
	var document strings.Builder
	document.WriteString(`{ user(username: "ada") { ...f0 } }`)
	for i := range n {
		fmt.Fprintf(&document, " fragment f%d on User { a: friends(first: 2) { nodes { ...f%d } } b: friends(first: 1) { nodes { ...f%d } } }", i, i+1, i+1)
	}
	fmt.Fprintf(&document, " fragment f%d on User { username }", n)
	return document.String()
}

func TestCostLimit(t *testing.T) {
	t.Parallel()
	a := newAPI(t, noStore{t: t}, executors["compiled"])
	for name, test := range map[string]struct {
		query     string
		variables map[string]any
		message   string
	}{
		"literal":            {query: `{ users(first: 100) { nodes { followers(first: 100) { nodes { following(first: 100) { nodes { id } } } } } } }`, message: "can return 1020201 objects"},
		"variables":          {query: `query ($n: Int) { users(first: $n) { nodes { followers(last: $n) { nodes { friends(first: $n) { edges { node { id } } } } } } } }`, variables: map[string]any{"n": 100}, message: "200000 at most"},
		"defaults":           {query: `{ users { nodes { followers { nodes { followers { nodes { followers(first: 25) { nodes { id } } } } } } } } }`, message: "objects"},
		"out of bounds":      {query: `{ users(first: 1000000) { nodes { followers(first: 1000000) { nodes { followers(first: 1000000) { nodes { id } } } } } } }`, message: "objects"},
		"many ids":           {query: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { followers(first: 100) { nodes { stats { followersCount } } } } } }`, variables: map[string]any{"ids": make([]any, 2000)}, message: "objects"},
		"doubling fragments": {query: doubling(15), message: "objects"},
		"depth":              {query: "{ user(username: \"ada\") " + strings.Repeat("{ friends(first: 1) { nodes ", 20) + "{ id }" + strings.Repeat(" } }", 20) + " }", message: "fields deep, 32 at most"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if ids, ok := test.variables["ids"].([]any); ok {
				for i := range ids {
					ids[i] = "VXNlcjox"
				}
			}
			response, _ := a.run(t.Context(), test.query, test.variables)
			require.NotEmpty(t, response.Errors)
			require.Contains(t, response.Errors[0].Message, test.message)
			require.EqualValues(t, apperr.QueryTooComplex, response.Errors[0].Extensions["code"])
		})
	}
}
