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

// arguments are those that fields which return users need.
var arguments = map[string]string{
	"Query.node":             `(id: "VXNlcjppZC1hZGE")`,
	"Query.nodes":            `(ids: ["VXNlcjppZC1hZGE"])`,
	"Query.user":             `(username: "ada")`,
	"Query.searchUsers":      `(query: "a")`,
	"User.followersInCommon": `(with: "VXNlcjppZC1ncmFjZQ")`,
	"User.followingInCommon": `(with: "VXNlcjppZC1ncmFjZQ")`,
}

// lavish is a store that loads all of a user, whatever is asked for.
type lavish struct{ social.Store }

func (s lavish) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	for i := range keys {
		keys[i].Projection = model.Projection{Users: true, Details: true, Counts: true}
	}
	return s.Store.Pages(ctx, keys)
}

func (s lavish) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	keys = slices.Clone(keys) // they are the loader's, by which it finds what was loaded
	for i := range keys {
		keys[i].Details, keys[i].Counts = true, true
	}
	return s.Store.Users(ctx, keys)
}

func (s lavish) UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	return together(ctx, s, users, pages)
}

// TestLookaheadCoversSchema asks every field of the schema that returns users for all that depends on looking ahead,
// and for each plain field of a user alone, through every way that leads to a user: a resolver that does not look ahead
// answers with an error, a field that is not looked for with another value than where all is loaded.
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
		sparing, spending := newAPI(t, opened, schema), newAPI(t, lavish{opened}, schema)
		asked := 0
		for _, parent := range []string{"Query", "User"} {
			for _, field := range types[parent].Fields {
				for _, user := range selections {
					var ways []string
					switch returned := types[field.Type.Name()]; {
					case returned.Name == "User":
						ways = []string{user}
					case returned.Name == "Node":
						ways = []string{"{ ... on User " + user + " }"}
					case strings.HasSuffix(returned.Name, "Connection"):
						ways = waysThrough(returned, user)
					}
					for _, way := range ways {
						selection := field.Name + arguments[parent+"."+field.Name] + " " + way
						if parent == "User" {
							selection = `user(username: "ada") { ` + selection + " }"
						}
						response, _ := sparing.run(t.Context(), "{ "+selection+" }", nil)
						require.Empty(t, response.Errors, selection)
						want, _ := spending.run(t.Context(), "{ "+selection+" }", nil)
						require.Equal(t, string(want.Data), string(response.Data), selection)
						asked++
					}
				}
			}
		}
		require.Greater(t, asked, 15*len(selections))
	})
}

// plainFields selects all fields of an object, and nothing of a scalar.
func plainFields(object *ast.Definition) string {
	var selected strings.Builder
	for _, field := range object.Fields {
		fmt.Fprintf(&selected, " %s", field.Name)
	}
	if selected.Len() == 0 {
		return ""
	}
	return " {" + selected.String() + " }"
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
