package graph_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/social"
)

// together is UsersAndPages of a store that has the two apart.
func together(
	ctx context.Context, s social.Store, userKeys []model.UserKey, pageKeys []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	users, err := s.Users(ctx, userKeys)
	if err != nil {
		return nil, nil, err
	}
	pages, err := s.Pages(ctx, pageKeys)
	if err != nil {
		return users, nil, nil //nolint:nilerr // whoever wants the pages asks again
	}
	return users, pages, nil
}

// unforeseen is a store that never succeeds to read pages ahead.
type unforeseen struct{ social.Store }

func (s unforeseen) UsersAndPages(ctx context.Context, keys []model.UserKey, _ []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	users, err := s.Users(ctx, keys)
	return users, nil, err
}

// counted counts how a store is asked.
type counted struct {
	social.Store
	pages, ahead atomic.Int64
}

func (s *counted) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	s.pages.Add(1)
	return s.Store.Pages(ctx, keys)
}

func (s *counted) UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	s.ahead.Add(1)
	return s.Store.UsersAndPages(ctx, users, pages)
}

// TestReadAhead asks for pages that are read together with their owners, and for ones that cannot be. Reading ahead
// changes neither an answer nor a number of statements.
func TestReadAhead(t *testing.T) {
	t.Parallel()
	opened := openDense(t)
	const (
		deep  = ` { nodes { username followers(first: 2) { nodes { username stats { followersCount } } } } }`
		names = ` { nodes { username } }`
	)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		for name, test := range map[string]struct {
			query        string
			variables    map[string]any
			ahead, pages int // calls that read users with pages, and pages alone
			statements   int
			errors       []string
		}{
			"one level": {
				query: `{ user(cognitoId: "u1") { followers(first: 3)` + names + ` } }`,
				ahead: 1, statements: 2,
			},
			"deeper": {
				query: `{ user(cognitoId: "u1") { followers(first: 3)` + deep + ` } }`,
				ahead: 1, pages: 1, statements: 3,
			},
			"by global id": {
				query:     `query ($id: ID!) { node(id: $id) { ... on User { following { edges { node { username } } } } } }`,
				variables: map[string]any{"id": globalid.User("u1")},
				ahead:     1, statements: 2,
			},
			"several users, one twice and one unknown": {
				query:     `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { followers(first: 2)` + deep + ` } } }`,
				variables: map[string]any{"ids": []any{globalid.User("u1"), globalid.User("u2"), globalid.User("u1"), globalid.User("nobody")}},
				ahead:     1, pages: 1, statements: 3,
			},
			"aliases": {
				query: `query ($first: Int) { user(cognitoId: "u1") {
					followers` + names + ` a: followers(first: $first) { totalCount nodes { username } } b: following(last: 2)` + names + ` c: following(first: 4) { pageInfo { endCursor } } } }`,
				variables: map[string]any{"first": 7},
				ahead:     1, statements: 4,
			},
			"fields merged and skipped": {
				query: `query ($no: Boolean!) { user(cognitoId: "u1") { ...f followers(first: 3) { nodes { lastname } } a: followers @include(if: $no)` + names + ` } }
					fragment f on Node { ... on User { followers(first: 3)` + names + ` } }`,
				variables: map[string]any{"no": false},
				ahead:     1, statements: 2,
			},
			"beside a page that is not read ahead, which levels below share": {
				query: `{ user(cognitoId: "u1") { followers(first: 3)` + deep + ` friends(first: 3)` + deep + ` } }`,
				ahead: 1, pages: 2, statements: 5,
			},
			"unknown user": {
				query: `{ user(cognitoId: "nobody") { followers` + deep + ` } }`,
				ahead: 1, statements: 2,
			},
			"by username": {
				query: `{ user(username: "u1") { followers` + names + ` } }`,
				pages: 1, statements: 2,
			},
			"beside other root fields": {
				query: `{ a: user(cognitoId: "u1") { followers` + names + ` } b: user(username: "u2") { followers` + names + ` } }`,
				pages: 1, statements: 3,
			},
			"page too long": {
				query: `{ user(cognitoId: "u1") { username followers(first: 101)` + names + ` } }`, statements: 1,
				errors: []string{"user.followers: first must be between 0 and 100, not 101"},
			},
			"cursor broken, beside a good page": {
				query: `{ user(cognitoId: "u1") { followers` + names + ` a: followers(after: "broken")` + names + ` } }`,
				ahead: 1, statements: 2,
				errors: []string{"user.a: after is not a valid cursor: use a cursor from pageInfo or an edge of this connection"},
			},
			"the greatest number": {
				query: `{ user(cognitoId: "u1") { followers(first: 2147483647)` + names + ` } }`, statements: 1,
				errors: []string{"user.followers: first must be between 0 and 100, not 2147483647"},
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := &counted{Store: opened}
				response, statements := newAPI(t, s, schema).run(t.Context(), test.query, test.variables)
				var errors []string
				for _, err := range response.Errors {
					errors = append(errors, err.Path.String()+": "+err.Message)
				}
				require.Equal(t, test.errors, errors)
				require.EqualValues(t, test.ahead, s.ahead.Load(), "users with pages")
				require.EqualValues(t, test.pages, s.pages.Load(), "pages alone")
				require.Equal(t, test.statements, statements)

				plain, _ := newAPI(t, unforeseen{opened}, schema).run(t.Context(), test.query, test.variables)
				require.JSONEq(t, string(plain.Data), string(response.Data))
				require.Equal(t, plain.Errors, response.Errors)
			})
		}
	})
}
