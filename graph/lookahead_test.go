package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
	"followgraph/internal/model"
	"followgraph/internal/social"
)

// arguments are the required arguments of fields that return users.
var arguments = map[string]string{
	"Query.node":             `(id: "VXNlcjppZC1hZGE")`,
	"Query.nodes":            `(ids: ["VXNlcjppZC1hZGE"])`,
	"Query.user":             `(username: "ada")`,
	"Query.searchUsers":      `(query: "a")`,
	"Query.shortestPath":     `(fromId: "VXNlcjppZC1hZGE", toId: "VXNlcjppZC1hZGE")`,
	"User.followersInCommon": `(with: "VXNlcjppZC1ncmFjZQ")`,
	"User.followingInCommon": `(with: "VXNlcjppZC1ncmFjZQ")`,
}

// fullStore is a store that reads all columns of users.
type fullStore struct{ social.Store }

func (s fullStore) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	for i := range keys {
		keys[i].Projection = model.Projection{Users: true, Details: true, Counts: true}
	}
	return s.Store.Pages(ctx, keys)
}

func (s fullStore) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	keys = slices.Clone(keys) // the loader identifies the users by its keys
	for i := range keys {
		keys[i].Details, keys[i].Counts = true, true
	}
	return s.Store.Users(ctx, keys)
}

func (s fullStore) UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	return readSeparately(ctx, s, users, pages)
}

// TestLookaheadCoversSchema selects everything that depends on look-ahead, and each plain field of a user alone, below
// every field of the schema that returns users, in every way that leads to a user. If a resolver does not look ahead,
// there is an error. If look-ahead misses a field, its value differs from the value in a store that reads all columns.
func TestLookaheadCoversSchema(t *testing.T) {
	t.Parallel()
	opened, types := open(t), graph.NewExecutableSchema(graph.Config{}).Schema().Types
	selections := []string{`{ stats { followersCount } followers { totalCount } following { totalCount } }`}
	for _, field := range types["User"].Fields {
		if len(field.Arguments) == 0 {
			selections = append(selections, "{ "+field.Name+plainFields(types[field.Type.Name()])+" }")
		}
	}
	require.Greater(t, len(selections), 10)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		usual, full := newAPI(t, opened, schema), newAPI(t, fullStore{opened}, schema)
		queries := 0
		for _, parent := range []string{"Query", "User"} {
			for _, field := range types[parent].Fields {
				for _, user := range selections {
					var ways []string
					switch returned := types[field.Type.Name()]; {
					case returned.Name == "User":
						ways = []string{user}
					case returned.Name == "Node":
						ways = []string{"{ ... on User " + user + " }"}
					case returned.Name == "TopUsers":
						ways = []string{"{ nodes " + user + " }"}
					case returned.Name == "ShortestPath":
						ways = []string{"{ users " + user + " }"}
					case strings.HasSuffix(returned.Name, "Connection"):
						ways = waysThrough(returned, user)
					}
					for _, way := range ways {
						selection := field.Name + arguments[parent+"."+field.Name] + " " + way
						if parent == "User" {
							selection = `user(username: "ada") { ` + selection + " }"
						}
						response, _ := usual.run(t.Context(), "{ "+selection+" }", nil)
						require.Empty(t, response.Errors, selection)
						want, _ := full.run(t.Context(), "{ "+selection+" }", nil)
						require.Equal(t, string(want.Data), string(response.Data), selection)
						queries++
					}
				}
			}
		}
		require.Greater(t, queries, 15*len(selections))
	})
}

// plainFields returns a selection of all fields of an object. It is empty for a scalar.
func plainFields(object *ast.Definition) string {
	var selection strings.Builder
	for _, field := range object.Fields {
		fmt.Fprintf(&selection, " %s", field.Name)
	}
	if selection.Len() == 0 {
		return ""
	}
	return " {" + selection.String() + " }"
}

// waysThrough returns the selections of a connection that lead to its users.
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
