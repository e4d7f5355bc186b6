package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph/loader"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// WithLoaders gives every operation loaders of its own, and a memory of its faults.
func WithLoaders(service *social.Service) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		return next(loader.With(withFaults(ctx), service, rootLookups(graphql.GetOperationContext(ctx))))
	}
}

// WithRootLoaders gives each root field of a mutation loaders of its own, so that it sees what the ones before it did,
// and a caller of its own, whom it may sign in. The payload's users are its one lookup.
func WithRootLoaders(service *social.Service) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
			ctx = loader.With(viewer.With(ctx, viewer.From(ctx)), service, 1)
		}
		return next(ctx)
	}
}
