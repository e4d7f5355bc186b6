package operation_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/executor"
	"followgraph/internal/model"
	"followgraph/internal/social"
)

// unreadableStore fails the test if it is read: an operation must be refused before that.
type unreadableStore struct {
	social.Store
	t *testing.T
}

func (s unreadableStore) Pages(context.Context, []model.ConnectionKey) ([][]model.Edge, error) {
	s.t.Error("a page was read")
	return nil, context.Canceled
}

func (s unreadableStore) Users(context.Context, []model.UserKey) ([]*model.User, error) {
	s.t.Error("users were read")
	return nil, context.Canceled
}

func (s unreadableStore) UsersAndPages(
	context.Context, []model.UserKey, []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	s.t.Error("users and pages were read")
	return nil, nil, context.Canceled
}

// schemas make a schema for each executor.
var schemas = map[string]func(graph.Config) graphql.ExecutableSchema{
	"compiled": compiledSchema,
	"gqlgen":   graph.NewExecutableSchema,
}

func compiledSchema(config graph.Config) graphql.ExecutableSchema {
	return graph.NewCompiledSchema(config, executor.NewDocuments())
}

// newServer returns a server whose store must not be read.
func newServer(t *testing.T, newSchema func(graph.Config) graphql.ExecutableSchema) *graph.Server {
	t.Helper()
	service := social.New(unreadableStore{t: t}, social.Options{AnonymousReads: true})
	return graph.NewServer(graph.Options{
		Schema:  newSchema(graph.Config{Resolvers: graph.NewResolver(service)}),
		Service: service, Log: slog.New(slog.DiscardHandler), Introspection: true,
	})
}

// run prepares and runs an operation.
func run(ctx context.Context, server *graph.Server, query string, variables map[string]any) *graphql.Response {
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := server.Prepare(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		return server.Refuse(ctx, op, errs)
	}
	return server.Run(ctx, op)
}

// prepare prepares an operation, which must not be refused.
func prepare(t *testing.T, server *graph.Server, query string, variables map[string]any) *graph.Operation {
	t.Helper()
	op, errs := server.Prepare(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: query, Variables: variables})
	require.Empty(t, errs)
	return op
}
