package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
)

func kindOf(t *testing.T, document string) graph.Kind {
	t.Helper()
	exec := executor.New(graph.NewExecutableSchema(graph.Config{}))
	op, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: document})
	require.Empty(t, errs, document)
	return graph.KindOf(op)
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	const login = `login(input: {username: "ada", password: "x"}) { token }`
	for document, want := range map[string]graph.Kind{
		`{ users { nodes { username } } }`:                                                                graph.Reading,
		`{ login: __typename }`:                                                                           graph.Reading,
		`mutation { followUser(input: {userId: "x"}) { changed } }`:                                       graph.Writing,
		`mutation { login: followUser(input: {userId: "x"}) { changed } }`:                                graph.Writing,
		`mutation { ` + login + ` }`:                                                                      graph.SigningIn,
		`mutation { a: __typename b: ` + login + ` }`:                                                     graph.SigningIn,
		`mutation { ...F } fragment F on Mutation { ... { a: ` + login + ` } }`:                           graph.SigningIn,
		`mutation { followUser(input: {userId: "x"}) { changed } ... @skip(if: true) { ` + login + ` } }`: graph.Writing,
	} {
		require.Equal(t, want, kindOf(t, document), document)
	}
}

// TestEveryPasswordIsHashed: whoever adds a mutation that takes a password says that it hashes one.
func TestEveryPasswordIsHashed(t *testing.T) {
	t.Parallel()
	types := graph.NewExecutableSchema(graph.Config{}).Schema().Types
	found := 0
	for _, mutation := range types["Mutation"].Fields {
		input := types[mutation.Arguments.ForName("input").Type.Name()]
		if !slices.ContainsFunc(input.Fields, func(f *ast.FieldDefinition) bool {
			return strings.Contains(strings.ToLower(f.Name), "password")
		}) {
			continue
		}
		found++
		op := &graphql.OperationContext{Operation: &ast.OperationDefinition{
			Operation: ast.Mutation, SelectionSet: ast.SelectionSet{&ast.Field{Name: mutation.Name, Alias: mutation.Name}},
		}}
		require.Equal(t, graph.SigningIn, graph.KindOf(op), mutation.Name)
	}
	require.Positive(t, found)
}
