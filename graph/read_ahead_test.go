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

// readSeparately implements UsersAndPages with Users and Pages.
func readSeparately(
	ctx context.Context, s social.Store, userKeys []model.UserKey, pageKeys []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	users, err := s.Users(ctx, userKeys)
	if err != nil {
		return nil, nil, err
	}
	pages, err := s.Pages(ctx, pageKeys)
	if err != nil {
		return users, nil, nil //nolint:nilerr // the fields of the pages read them again
	}
	return users, pages, nil
}

// noReadAhead is a store that never reads pages ahead.
type noReadAhead struct{ social.Store }

func (s noReadAhead) UsersAndPages(ctx context.Context, keys []model.UserKey, _ []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	users, err := s.Users(ctx, keys)
	return users, nil, err
}

// countingStore counts the calls of a store.
type countingStore struct {
	social.Store
	pages, ahead atomic.Int64
}

func (s *countingStore) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	s.pages.Add(1)
	return s.Store.Pages(ctx, keys)
}

func (s *countingStore) UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	s.ahead.Add(1)
	return s.Store.UsersAndPages(ctx, users, pages)
}

// TestReadAhead queries pages that are read together with their owners, and pages that cannot be. Reading ahead changes
// neither the response nor the number of statements.
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
			ahead, pages int // calls of UsersAndPages, and of Pages
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
			"next to a page that is not read ahead": {
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
			"next to other root fields": {
				query: `{ a: user(cognitoId: "u1") { followers` + names + ` } b: user(username: "u2") { followers` + names + ` } }`,
				pages: 1, statements: 3,
			},
			"page too large": {
				query: `{ user(cognitoId: "u1") { username followers(first: 101)` + names + ` } }`, statements: 1,
				errors: []string{"user.followers: first must be between 0 and 100, not 101"},
			},
			"invalid cursor next to a valid page": {
				query: `{ user(cognitoId: "u1") { followers` + names + ` a: followers(after: "broken")` + names + ` } }`,
				ahead: 1, statements: 2,
				errors: []string{"user.a: after is not a valid cursor: use a cursor from pageInfo or an edge of this connection"},
			},
			"the maximum of Int": {
				query: `{ user(cognitoId: "u1") { followers(first: 2147483647)` + names + ` } }`, statements: 1,
				errors: []string{"user.followers: first must be between 0 and 100, not 2147483647"},
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := &countingStore{Store: opened}
				response, statements := newAPI(t, s, schema).run(t.Context(), test.query, test.variables)
				var errors []string
				for _, err := range response.Errors {
					errors = append(errors, err.Path.String()+": "+err.Message)
				}
				require.Equal(t, test.errors, errors)
				require.EqualValues(t, test.ahead, s.ahead.Load(), "users with pages")
				require.EqualValues(t, test.pages, s.pages.Load(), "pages alone")
				require.Equal(t, test.statements, statements)

				plain, _ := newAPI(t, noReadAhead{opened}, schema).run(t.Context(), test.query, test.variables)
				require.JSONEq(t, string(plain.Data), string(response.Data))
				require.Equal(t, plain.Errors, response.Errors)
			})
		}
	})
}
