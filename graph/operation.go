package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph/loader"
	"followgraph/internal/social"
)

// WithLoaders gives every operation loaders of its own.
func WithLoaders(service *social.Service) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		return next(loader.With(ctx, service, rootLookups(graphql.GetOperationContext(ctx))))
	}
}
