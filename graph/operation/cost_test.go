package operation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/graph/operation"
	"followgraph/internal/apperr"
)

// doubling returns a document of n fragments that each spread the next one twice: 2^n objects in n lines.
func doubling(n int) string {
	var document strings.Builder
	document.WriteString(`{ user(username: "ada") { ...f0 } }`)
	for i := range n {
		fmt.Fprintf(&document, " fragment f%d on User { a: friends(first: 2) { nodes { ...f%d } } b: friends(first: 1) { nodes { ...f%d } } }", i, i+1, i+1)
	}
	fmt.Fprintf(&document, " fragment f%d on User { username }", n)
	return document.String()
}

// manyIDs returns n ids.
func manyIDs(n int) []any {
	ids := make([]any, n)
	for i := range ids {
		ids[i] = "VXNlcjox"
	}
	return ids
}

// introspection is the usual introspection query of tools.
const introspection = `{ __schema { queryType { name } mutationType { name } types { ...FullType }
	directives { name description locations args { ...InputValue } } } }
fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef }
	isDeprecated deprecationReason } inputFields { ...InputValue } interfaces { ...TypeRef }
	enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
	ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`

func TestCost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		query     string
		variables map[string]any
		want      operation.Cost
	}{
		"nothing": {`{ __typename }`, nil, operation.Cost{Fields: 1, Depth: 1}},
		"one":     {`{ user(username: "ada") { username } }`, nil, operation.Cost{Objects: 1, Calls: 1, Sites: 20, Fields: 2, Depth: 2, Field: "user"}},
		"a page": {`{ users(first: 30) { edges { node { id } } pageInfo { endCursor } } }`, nil,
			operation.Cost{Objects: 1 + 30 + 30 + 1, Calls: 1, Sites: 20, Fields: 1 + 2 + 30*2 + 1, Depth: 4, Field: "users.edges"}},
		"an alias": {`{ all: users(last: 30) { some: nodes { id } } }`, nil, operation.Cost{Objects: 31, Calls: 1, Sites: 20, Fields: 2 + 30, Depth: 3, Field: "all.some"}},
		"the default": {`{ users { nodes { stats { followersCount } } } }`, nil,
			operation.Cost{Objects: 1 + 20*2, Calls: 1, Sites: 20, Fields: 2 + 20*2, Depth: 4, Field: "users.nodes"}},
		"a variable": {`query ($n: Int = 7) { users(first: $n) { nodes { id } } }`, map[string]any{"n": 50},
			operation.Cost{Objects: 51, Calls: 1, Sites: 20, Fields: 2 + 50, Depth: 3, Field: "users.nodes"}},
		"a variable's default": {`query ($n: Int = 7) { users(first: $n) { nodes { id } } }`, nil,
			operation.Cost{Objects: 8, Calls: 1, Sites: 20, Fields: 2 + 7, Depth: 3, Field: "users.nodes"}},
		"levels": {`{ user(username: "ada") { followers(first: 10) { nodes { following(first: 5) { nodes { id } } } } } }`, nil,
			operation.Cost{Objects: 1 + 1 + 10*(1+1+5), Calls: 1 + 1 + 10, Sites: 3 * 20, Fields: 3 + 10*(2+5), Depth: 6, Field: "user.followers.nodes.following.nodes"}},
		"suggestions": {`{ viewer { suggestions(first: 5) { user { id } } } }`, nil,
			operation.Cost{Objects: 1 + 5*2, Calls: 2, Sites: 20 + 1000, Fields: 2 + 5*2, Depth: 4, Field: "viewer.suggestions"}},
		"the most followed": {`{ users(first: 3) { nodes { topFollowers(first: 5) { nodes { id } complete } } } }`, nil,
			operation.Cost{Objects: 1 + 3*(1+1+5), Calls: 1 + 3*(1+100), Sites: 2 * 20, Fields: 2 + 3*(3+5), Depth: 5, Field: "users.nodes.topFollowers"}},
		"users from the most followers": {`query ($order: UserOrder) { users(first: 3, after: null, orderBy: $order) { nodes { id } } }`,
			map[string]any{"order": map[string]any{"field": "FOLLOWERS_COUNT", "direction": "DESC"}},
			operation.Cost{Objects: 1 + 3, Calls: 1, Sites: 20, Fields: 2 + 3, Depth: 3, Field: "users.nodes"}},
		"users from the fewest followers": {`query ($order: UserOrder) { users(first: 3, orderBy: $order) { nodes { id } } }`,
			map[string]any{"order": map[string]any{"field": "FOLLOWERS_COUNT", "direction": "ASC"}},
			operation.Cost{Objects: 1 + 3, Calls: 1, Sites: 20 + 8000, Fields: 2 + 3, Depth: 3, Field: "users.nodes"}},
		"users after a cursor by followers": {`query ($way: OrderDirection!) { a: users(first: 1, after: "x", orderBy: { field: FOLLOWERS_COUNT, direction: $way }) { nodes { id } }
				b: users(last: 1, orderBy: { field: FOLLOWERS_COUNT, direction: $way }) { nodes { id } } c: users(first: 1, after: "x", orderBy: { field: USERNAME, direction: $way }) { nodes { id } } }`,
			map[string]any{"way": "DESC"}, operation.Cost{Objects: 3 * 2, Calls: 3, Sites: 3*20 + 2*8000, Fields: 3 * 3, Depth: 3, Field: "a"}},
		"a path": {`{ shortestPath(fromId: "VXNlcjox", toId: "VXNlcjoy") { status users { stats { followersCount } } } }`, nil,
			operation.Cost{Objects: 1 + 101*2, Calls: 1, Sites: 12_500, Fields: 3 + 101*2, Depth: 4, Field: "shortestPath.users"}},
		"distances": {`query ($ids: [ID!]!) { distances(fromId: "VXNlcjox", toIds: $ids) { length } }`, map[string]any{"ids": manyIDs(9)},
			operation.Cost{Objects: 9, Calls: 1, Sites: 12_500, Fields: 1 + 9, Depth: 2, Field: "distances"}},
		"ids": {`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": manyIDs(9)},
			operation.Cost{Objects: 9, Calls: 1, Sites: 20, Fields: 1 + 9, Depth: 2, Field: "nodes"}},
		"pairs of ids": {`query ($a: [ID!]!, $id: ID!) { follows(followerIds: $a, followingIds: ["VXNlcjox", $id, "VXNlcjoy"]) { followedAt } }`,
			map[string]any{"a": manyIDs(9), "id": "VXNlcjoz"}, operation.Cost{Objects: 9 * 3, Calls: 1, Sites: 20, Fields: 1 + 9*3, Depth: 2, Field: "follows"}},
		"an id for a list of ids": {`query ($ids: [ID!]!) { follows(followerIds: "VXNlcjox", followingIds: $ids) { followedAt } }`,
			map[string]any{"ids": manyIDs(4)}, operation.Cost{Objects: 4, Calls: 1, Sites: 20, Fields: 1 + 4, Depth: 2, Field: "follows"}},
		"ids and pairs of an adjacency": {`query ($ids: [ID!]!) { adjacency(followerIds: ["VXNlcjox", "VXNlcjoy"], followingIds: $ids) { following again: following followedAt } }`,
			map[string]any{"ids": manyIDs(50)}, operation.Cost{Objects: 1, Calls: 1, Sites: 20 + 2 + 50 + 2*50/25, Fields: 1 + 3, Scalars: 3 * (2 + 50 + 2*50), Depth: 2, Field: "adjacency"}},
		"the largest adjacency": {`query ($ids: [ID!]!) { adjacency(followerIds: $ids, followingIds: $ids) { following } }`,
			map[string]any{"ids": manyIDs(4_000)}, operation.Cost{Objects: 1, Calls: 1, Sites: 20 + 2*4_000 + 5_000, Fields: 1 + 1, Scalars: 2*4_000 + 50_000, Depth: 2, Field: "adjacency"}},
		"no ids": {`{ follows(followerIds: [], followingIds: []) { followedAt } }`, nil, operation.Cost{Objects: 1, Calls: 1, Sites: 20, Fields: 2, Depth: 2, Field: "follows"}},
		"a fragment of a page": {`{ a: users(first: 3) { ...f } b: users(first: 50) { ...f } } fragment f on UserConnection { pageInfo { endCursor } nodes { id } }`, nil,
			operation.Cost{Objects: 1 + 1 + 3 + 1 + 1 + 50, Calls: 2, Sites: 2 * 20, Fields: 2*(1+2+1) + 3 + 50, Depth: 3, Field: "b.nodes"}},
		"skipped selections": {`query ($no: Boolean!) {
				a: users @include(if: $no) { nodes { id } } b: users @skip(if: true) { nodes { id } } ... @include(if: false) { viewer { id } }
				...f @include(if: $no) user(username: "ada") @skip(if: $no) { id } } fragment f on Query { viewer { id } }`, map[string]any{"no": false},
			operation.Cost{Objects: 1, Calls: 1, Sites: 20, Fields: 2, Depth: 2, Field: "user"}},
		"the list of a mutation": {`mutation ($input: FollowUsersInput!) { followUsers(input: $input) { results { user { id } } viewer { id } } }`,
			map[string]any{"input": map[string]any{"userIds": manyIDs(7), "clientMutationId": "a"}}, operation.Cost{Objects: 1 + 7*2 + 1, Fields: 3 + 7*2 + 1, Interpreted: 3 + 7*2 + 1, Depth: 4, Field: "followUsers.results"}},
		"a resolver under aliases": {`{ users(first: 30) { nodes { a: isViewer b: isViewer c: email } } }`, nil,
			operation.Cost{Objects: 31, Calls: 1 + 3*30, Sites: 4 * 20, Fields: 2 + 3*30, Depth: 3, Field: "users.nodes"}},
		"a page without selected elements": {`{ users(first: 10) { nodes { followers(first: 30) { totalCount } } } }`, nil,
			operation.Cost{Objects: 1 + 10*2, Calls: 1 + 10 + 10*30, Sites: 2 * 20, Fields: 2 + 10*2, Depth: 4, Field: "users.nodes.followers"}},
		"totals": {`{ user(username: "ada") { following(first: 3) { totalCount nodes { friends(first: 0) { totalCount ...f again: totalCount } } } } } fragment f on UserConnection { totalCount }`, nil,
			operation.Cost{Objects: 1 + 1 + 3*2, Calls: 1 + 1 + 3*(1+400), Sites: 3 * 20, Fields: 1 + 1 + 2 + 3*(1+3), Depth: 5, Field: "user.following.nodes.friends"}},
		"totals of all users and of a search": {`{ users(first: 0) { totalCount } searchUsers(query: "a", first: 2) { ... @include(if: true) { totalCount } nodes { id } } }`, nil,
			operation.Cost{Objects: 1 + 1 + 2, Calls: 1 + 1 + 1 + 5000, Sites: 20 + 8000, Fields: 2 + 3 + 2, Depth: 3, Field: "searchUsers"}},
		"doubling fragments": {doubling(3), nil,
			operation.Cost{Objects: 1 + (1+3+9)*(2+3), Calls: 1 + (1+3+9)*2, Sites: (1 + 2 + 4 + 8) * 20, Fields: 1 + (1+3+9)*4 + 27, Depth: 8, Field: "user.a.nodes.a.nodes.a.nodes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := prepare(t, newServer(t, compiledSchema), test.query, test.variables)
			require.Equal(t, test.want, op.Cost())
		})
	}
}

// TestCostOfIntrospection compares the cost of introspection with the number of objects that it returns.
func TestCostOfIntrospection(t *testing.T) {
	t.Parallel()
	server := newServer(t, compiledSchema)
	cost := prepare(t, server, introspection, nil).Cost()
	response := run(t.Context(), server, introspection, nil)
	require.Empty(t, response.Errors)
	returned := strings.Count(string(response.Data), "{")
	require.Equal(t, cost.Objects, cost.Introspection)
	require.InEpsilon(t, returned, cost.Objects, 0.2)
	require.Less(t, cost.Introspection, operation.MaxIntrospectionCost/2, "the schema has room to grow")
}

func TestCostLimit(t *testing.T) {
	t.Parallel()
	server := newServer(t, compiledSchema)
	for name, test := range map[string]struct {
		query      string
		variables  map[string]any
		message    string
		extensions map[string]any
	}{
		"literal": {query: `{ users(first: 100) { nodes { followers(first: 100) { nodes { following(first: 100) { nodes { id } } } } } } }`,
			message:    "costs 1030362; the limit is 50000: request smaller pages, fewer levels or fewer fields in users.nodes.followers.nodes.following.nodes",
			extensions: map[string]any{"cost": 1030362, "limit": operation.MaxCost, "field": "users.nodes.followers.nodes.following.nodes"}},
		"variables": {query: `query ($n: Int) { users(first: $n) { nodes { followers(last: $n) { nodes { friends(first: $n) { edges { node { id } } } } } } } }`,
			variables: map[string]any{"n": 100}, message: "the limit is 50000"},
		"defaults":      {query: `{ users { nodes { followers { nodes { followers { nodes { followers(first: 25) { nodes { id } } } } } } } } }`, message: "the operation costs"},
		"out of bounds": {query: `{ users(first: 1000000) { nodes { followers(first: 1000000) { nodes { followers(first: 1000000) { nodes { id } } } } } } }`, message: "the operation costs"},
		"many ids":      {query: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { followers(first: 100) { nodes { stats { followersCount } } } } } }`, variables: map[string]any{"ids": manyIDs(2000)}, message: "the operation costs"},
		"many pairs of ids": {query: "query ($ids: [ID!]!) { " + aliased(5, "follows(followerIds: $ids, followingIds: $ids) { followedAt }") + " }", variables: map[string]any{"ids": manyIDs(100)},
			message: "costs 50105; the limit is 50000", extensions: map[string]any{"cost": 50105, "limit": operation.MaxCost, "field": "a0"}},
		"doubling fragments": {query: doubling(15), message: "the operation costs"},
		"overflow":           {query: doubling(90), message: "levels deep; the limit is 32"},
		"depth":              {query: "{ user(username: \"ada\") " + strings.Repeat("{ friends(first: 1) { nodes ", 20) + "{ id }" + strings.Repeat(" } }", 20) + " }", message: "levels deep; the limit is 32"},
		"root fields":        {query: "{ " + aliased(101, "viewer { id }") + " }", message: "the query has 101 root fields; the limit is 100"},
		"root fields in fragments": {query: "{ ...f ... { " + aliased(60, "viewer { id }") + " } } fragment f on Query { " + strings.ReplaceAll(aliased(60, "viewer { id }"), "a", "b") + " }",
			message: "the query has 120 root fields; the limit is 100"},
		"mutations": {query: "mutation { " + aliased(11, `followUser(input: { userId: "VXNlcjox" }) { changed }`) + " }", message: "the mutation has 11 root fields; the limit is 10"},
		"the payload of a mutation": {query: `mutation { followUser(input: { userId: "VXNlcjox" }) { user { followers(first: 100) { nodes { followers(first: 100) { nodes { id } } } } } } }`,
			message: "costs 10344; the limit is 10000", extensions: map[string]any{"cost": 10344, "limit": operation.MaxMutationCost, "field": "followUser.user.followers.nodes.followers.nodes"}},
		"introspection": {query: "{ __schema { " + aliased(40, "types { fields { args { type { name } } type { fields { name } } } }") + " } }", message: "introspection objects; the limit is 5000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := run(t.Context(), server, test.query, test.variables)
			require.Len(t, response.Errors, 1)
			require.Contains(t, response.Errors[0].Message, test.message)
			require.EqualValues(t, apperr.QueryTooComplex, response.Errors[0].Extensions["code"])
			for key, want := range test.extensions {
				require.Equal(t, want, response.Errors[0].Extensions[key], key)
			}
		})
	}
}

// aliased returns a field under n aliases.
func aliased(n int, field string) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "a%d: %s ", i, field)
	}
	return all.String()
}
