package graph

import (
	"context"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph/loader"
	"followgraph/graph/operation"
	"followgraph/internal/executor"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// withLoaders gives each operation separate loaders and a separate memory of its errors. The compiled executor notifies
// the loaders of the calls that run. The loaders log lookups that waited for their timer.
func withLoaders(service *social.Service, log *slog.Logger) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		ctx = loader.With(operation.WithErrorMemory(ctx), service, log, rootLookups(graphql.GetOperationContext(ctx)))
		return next(executor.WithWaves(ctx, loader.From(ctx)))
	}
}

// withRootLoaders gives each root field of a mutation separate loaders, so that it reads what the fields before it
// wrote, and a separate caller, which it may sign in. The users of the payload are its only lookup.
func withRootLoaders(service *social.Service, log *slog.Logger) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
			ctx = loader.With(viewer.With(ctx, viewer.From(ctx)), service, log, 1)
		}
		return next(ctx)
	}
}
