package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
)

// arguments are those that fields which return users need.
var arguments = map[string]string{
	"Query.node":             `(id: "VXNlcjppZC1hZGE")`,
	"Query.nodes":            `(ids: ["VXNlcjppZC1hZGE"])`,
	"Query.user":             `(username: "ada")`,
	"Query.searchUsers":      `(query: "a")`,
	"User.followersInCommon": `(with: "VXNlcjppZC1ncmFjZQ")`,
	"User.followingInCommon": `(with: "VXNlcjppZC1ncmFjZQ")`,
}

// TestSelectionCoversSchema asks every field of the schema that returns users for all that depends on looking ahead,
// through every way that leads to a user: a resolver that does not look ahead answers with an error.
func TestSelectionCoversSchema(t *testing.T) {
	t.Parallel()
	opened, types := open(t), graph.NewExecutableSchema(graph.Config{}).Schema().Types
	withExecutors(t, func(t *testing.T, schema func() graphql.ExecutableSchema) {
		a := newAPI(t, opened, schema)
		const counted = `{ stats { followersCount } followers { totalCount } following { totalCount } }`
		asked := 0
		for _, parent := range []string{"Query", "User"} {
			for _, field := range types[parent].Fields {
				var ways []string
				switch returned := types[field.Type.Name()]; {
				case returned.Name == "User":
					ways = []string{counted}
				case returned.Name == "Node":
					ways = []string{"{ ... on User " + counted + " }"}
				case strings.HasSuffix(returned.Name, "Connection"):
					ways = waysThrough(returned, counted)
				}
				for _, way := range ways {
					selection := field.Name + arguments[parent+"."+field.Name] + " " + way
					if parent == "User" {
						selection = `user(username: "ada") { ` + selection + " }"
					}
					response, _ := a.run(t.Context(), "{ "+selection+" }", nil)
					require.Empty(t, response.Errors, selection)
					require.Contains(t, string(response.Data), "followersCount", selection)
					asked++
				}
			}
		}
		require.Greater(t, asked, 15)
	})
}

// waysThrough are the selections of a connection that lead to its users.
func waysThrough(connection *ast.Definition, user string) []string {
	ways := []string{
		fmt.Sprintf("{ edges { node %s } }", user),
		fmt.Sprintf("{ nodes %s }", user),
		fmt.Sprintf("{ ... on %s { nodes { ... on Node { ... on User %s } } } }", connection.Name, user),
	}
	for _, field := range connection.Fields {
		if field.Name == "totalCount" {
			ways = append(ways, fmt.Sprintf("{ totalCount nodes %s }", user))
		}
	}
	return ways
}
