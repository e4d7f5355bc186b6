package operation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
	"followgraph/graph/operation"
)

func workloadOf(t *testing.T, document string) operation.Workload {
	t.Helper()
	exec := executor.New(graph.NewExecutableSchema(graph.Config{}))
	op, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: document})
	require.Empty(t, errs, document)
	return operation.WorkloadOf(op)
}

func TestWorkloadOf(t *testing.T) {
	t.Parallel()
	const login = `login(input: {username: "ada", password: "x"}) { token }`
	for document, want := range map[string]operation.Workload{
		`{ users { nodes { username } } }`:                                                                operation.WorkloadQuery,
		`{ login: __typename }`:                                                                           operation.WorkloadQuery,
		`mutation { followUser(input: {userId: "x"}) { changed } }`:                                       operation.WorkloadMutation,
		`mutation { login: followUser(input: {userId: "x"}) { changed } }`:                                operation.WorkloadMutation,
		`mutation { ` + login + ` }`:                                                                      operation.WorkloadSignIn,
		`mutation { a: __typename b: ` + login + ` }`:                                                     operation.WorkloadSignIn,
		`mutation { ...F } fragment F on Mutation { ... { a: ` + login + ` } }`:                           operation.WorkloadSignIn,
		`mutation { followUser(input: {userId: "x"}) { changed } ... @skip(if: true) { ` + login + ` } }`: operation.WorkloadMutation,
	} {
		require.Equal(t, want, workloadOf(t, document), document)
	}
}

// TestEveryPasswordIsHashed checks that every mutation with a password in its input is in the class of sign-ins.
func TestEveryPasswordIsHashed(t *testing.T) {
	t.Parallel()
	types := graph.NewExecutableSchema(graph.Config{}).Schema().Types
	mutations := 0
	for _, mutation := range types["Mutation"].Fields {
		input := types[mutation.Arguments.ForName("input").Type.Name()]
		if !slices.ContainsFunc(input.Fields, func(f *ast.FieldDefinition) bool {
			return strings.Contains(strings.ToLower(f.Name), "password")
		}) {
			continue
		}
		mutations++
		op := &graphql.OperationContext{Operation: &ast.OperationDefinition{
			Operation: ast.Mutation, SelectionSet: ast.SelectionSet{&ast.Field{Name: mutation.Name, Alias: mutation.Name}},
		}}
		require.Equal(t, operation.WorkloadSignIn, operation.WorkloadOf(op), mutation.Name)
	}
	require.Positive(t, mutations)
}
