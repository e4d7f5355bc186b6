package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/internal/page"
)

// followersPage is the part of a page of followers that these tests check.
type followersPage struct {
	TotalCount int
	Edges      []struct{ Cursor string }
	PageInfo   struct{ HasNextPage, HasPreviousPage *bool }
}

func (w followersPage) cursors() []string {
	cursors := []string{}
	for _, edge := range w.Edges {
		cursors = append(cursors, edge.Cursor)
	}
	return cursors
}

// pageOf queries a page of the followers of a user, and returns the number of statements.
func pageOf(t *testing.T, a *api, arguments, info string) (followersPage, int) {
	t.Helper()
	response, statements := a.run(t.Context(),
		`{ user(cognitoId: "id-grace") { followers(`+arguments+`) { totalCount edges { cursor } `+info+` } } }`, nil)
	require.Empty(t, response.Errors)
	var data struct {
		User struct{ Followers followersPage }
	}
	require.NoError(t, json.Unmarshal(response.Data, &data))
	return data.User.Followers, statements
}

// TestFurtherPages checks hasNextPage and hasPreviousPage. Only a query that selects the field for the side of the cursor
// reads that side, with one more statement in the same round trip.
func TestFurtherPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, s, schema)
		all, statements := pageOf(t, a, "first: 100", "pageInfo { hasNextPage hasPreviousPage }")
		require.Equal(t, 2, statements)
		require.GreaterOrEqual(t, len(all.Edges), 3)
		const both = "pageInfo { hasNextPage hasPreviousPage }"
		for i, cursor := range all.cursors() {
			for _, order := range [][2]string{{"first", "after"}, {"last", "before"}} {
				arguments := fmt.Sprintf("%s: 1, %s: %q", order[0], order[1], cursor)
				got, statements := pageOf(t, a, arguments, both)
				require.Equal(t, 3, statements)
				next, previous := i+2 < len(all.Edges), true
				if order[0] == "last" {
					next, previous = true, i >= 2
				}
				require.Equal(t, next, *got.PageInfo.HasNextPage, arguments)
				require.Equal(t, previous, *got.PageInfo.HasPreviousPage, arguments)

				for _, info := range []string{"", "pageInfo { startCursor }", map[string]string{
					"first": "pageInfo { hasNextPage }", "last": "pageInfo { hasPreviousPage }",
				}[order[0]]} {
					_, statements = pageOf(t, a, arguments, info)
					require.Equal(t, 2, statements, "%s %s", arguments, info)
				}
			}
		}
		// Cursors of deleted elements, before and after all others.
		front := page.Cursor{Kind: page.Followers, At: 250_000_000_000_000_000, ID: 1}.String()
		end := page.Cursor{Kind: page.Followers, At: 0, ID: 1}.String()
		for arguments, want := range map[string]int{
			fmt.Sprintf("first: 100, after: %q", front): len(all.Edges), fmt.Sprintf("last: 100, before: %q", end): len(all.Edges),
		} {
			got, _ := pageOf(t, a, arguments, both)
			require.Len(t, got.Edges, want, arguments)
			require.False(t, *got.PageInfo.HasNextPage, arguments)
			require.False(t, *got.PageInfo.HasPreviousPage, arguments)
		}
	})
}

// TestPagesBetweenCursors checks first with before and last with after ("GraphQL Cursor Connections Specification",
// Pagination algorithm).
func TestPagesBetweenCursors(t *testing.T) {
	t.Parallel()
	s := open(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, s, schema)
		all, _ := pageOf(t, a, "first: 100", "")
		c := all.cursors()
		require.GreaterOrEqual(t, len(c), 3)
		last := len(c) - 1
		for _, test := range []struct {
			arguments      string
			want           []string
			next, previous bool
		}{
			{fmt.Sprintf("first: 1, before: %q", c[2]), c[:1], true, false},
			{fmt.Sprintf("first: 2, before: %q", c[2]), c[:2], false, false},
			{fmt.Sprintf("first: 5, before: %q", c[0]), c[:0], false, false},
			{fmt.Sprintf("last: 1, after: %q", c[0]), c[last:], false, last > 1},
			{fmt.Sprintf("last: 50, after: %q", c[0]), c[1:], false, false},
			{fmt.Sprintf("first: 5, after: %q, before: %q", c[0], c[2]), c[1:2], false, true},
			{fmt.Sprintf("last: 5, after: %q, before: %q", c[0], c[2]), c[1:2], true, false},
			{fmt.Sprintf("first: 5, after: %q, before: %q", c[2], c[0]), c[:0], false, true},
			{"first: 0", c[:0], true, false},
			{"last: 0", c[:0], false, true},
			{fmt.Sprintf("first: 0, after: %q", c[last]), c[:0], false, true},
		} {
			got, _ := pageOf(t, a, test.arguments, "pageInfo { hasNextPage hasPreviousPage }")
			require.Equal(t, test.want, got.cursors(), test.arguments)
			require.Equal(t, test.next, *got.PageInfo.HasNextPage, test.arguments)
			require.Equal(t, test.previous, *got.PageInfo.HasPreviousPage, test.arguments)
			require.Equal(t, all.TotalCount, got.TotalCount)
		}
	})
}

// TestOneErrorBelowAList checks that a wrong argument below a list causes one error, at the first element.
func TestOneErrorBelowAList(t *testing.T) {
	t.Parallel()
	s := open(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		for query, want := range map[string][]string{
			`{ users(first: 5) { nodes { followers(first: 500) { totalCount } } } }`:                                          {"users.nodes[0].followers"},
			`{ users(first: 5) { nodes { a: friends(after: "") { __typename } b: friends(after: "x") { __typename } } } }`:    {"users.nodes[0].a", "users.nodes[0].b"},
			`{ users(first: 3) { nodes { following(first: 3) { nodes { followersInCommon(with: "x") { __typename } } } } } }`: {""},
			`{ a: user(id: "x") { id } b: user(id: "x") { id } }`:                                                             {"a", "b"},
			`{ nodes(ids: ["x", "y", "x"]) { id } }`:                                                                          {"nodes[0]", "nodes[1]", "nodes[2]"},
		} {
			response, _ := newAPI(t, s, schema).run(t.Context(), query, nil)
			var paths []string
			for _, err := range response.Errors {
				paths = append(paths, err.Path.String())
			}
			if want[0] == "" {
				require.Len(t, paths, 1, query)
				continue
			}
			require.ElementsMatch(t, want, paths, query)
		}
	})
}

// TestRequestErrors checks errors of the document, its variables and the operation name: the operation does not run, and
// the error has a location but no path.
func TestRequestErrors(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, generatedStore{}, schema)
		for _, test := range []struct {
			query, operation, variables string
			message                     string
			line, column                int
		}{
			{`query ($u: String!) { user(username: $u) { id } }`, "", `{}`, `Variable "$u" of required type "String!" was not provided.`, 1, 8},
			{"query (\n  $n: Int\n) { users(first: $n) { nodes { id } } }", "", `{"n": "5"}`, `Variable "$n" got invalid value "5"; Int cannot represent non-integer value: "5"`, 2, 3},
			{`{ users(first: "5") { nodes { id } } }`, "", `{}`, `Int cannot represent non-integer value: "5"`, 1, 16},
			{`{ users(first: 3.0) { nodes { id } } }`, "", `{}`, `Int cannot represent non-integer value: 3.0`, 1, 16},
			{`{ users(first: 2147483648) { nodes { id } } }`, "", `{}`, `Int cannot represent non 32-bit signed integer value: 2147483648`, 1, 16},
			{`{ users(first: [1]) { nodes { id } } }`, "", `{}`, `Expected value of type "Int", found [1].`, 1, 16},
			{`{ users(first: {}) { nodes { id } } }`, "", `{}`, `Int cannot represent non-integer value: {}`, 1, 16},
			{`{ user(username: 5) { id } }`, "", `{}`, `String cannot represent a non string value: 5`, 1, 18},
			{`{ node(id: true) { id } }`, "", `{}`, `ID cannot represent a non-string and non-integer value: true`, 1, 12},
			{`query A { __typename } query B { __typename }`, "", `{}`, `Must provide operation name if query contains multiple operations: set operationName to one of "A", "B".`, 1, 1},
			{`query A { __typename } query B { __typename }`, "C", `{}`, `Unknown operation named "C": the document has "A", "B".`, 1, 1},
			{`{ __typename }`, "C", `{}`, `Unknown operation named "C": the document's operation has no name, so leave operationName out.`, 1, 1},
			{`query ($id: ID = "x") { node(id: $id) { id } }`, "", `{"id": null}`, `Variable "$id" is null, but "id" of non-null type "ID!" must not be null.`, 1, 8},
			{`query ($if: Boolean = true) { viewer @include(if: $if) { id } }`, "", `{"if": null}`, `Variable "$if" is null, but "if" of non-null type "Boolean!" must not be null.`, 1, 8},
			{`query ($n: Int) { viewer { suggestions(first: $n) { followedByCount } } }`, "", `{"n": null}`, `Variable "$n" is null, but "first" of non-null type "Int!" must not be null.`, 1, 8},
		} {
			var variables map[string]any
			require.NoError(t, json.Unmarshal([]byte(test.variables), &variables))
			op, errs := a.server.Executor().CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{
				Query: test.query, OperationName: test.operation, Variables: variables,
			})
			require.NotNil(t, op)
			require.Len(t, errs, 1, test.query)
			require.Equal(t, test.message, errs[0].Message)
			require.Nil(t, errs[0].Path)
			require.Equal(t, test.line, errs[0].Locations[0].Line, test.query)
			require.Equal(t, test.column, errs[0].Locations[0].Column, test.query)
			require.Equal(t, "GRAPHQL_VALIDATION_FAILED", errs[0].Extensions["code"])
		}
	})
}

// TestIDs checks that an ID can be an integer of any length.
func TestIDs(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, generatedStore{}, schema)
		for _, id := range []string{"5", "-5", "9223372036854775808", `"5"`} {
			response, _ := a.run(t.Context(), `{ node(id: `+id+`) { id } }`, nil)
			require.Len(t, response.Errors, 1)
			require.Contains(t, response.Errors[0].Message, "id is not a valid global id")
			response, _ = a.run(t.Context(), `query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": json.Number("5")})
			require.Len(t, response.Errors, 1)
			require.Contains(t, response.Errors[0].Message, "id is not a valid global id")
		}
	})
}
