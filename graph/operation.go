package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph/loader"
	"followgraph/internal/social"
)

// WithLoaders gives every operation loaders of its own, and a memory of its faults.
func WithLoaders(service *social.Service) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		return next(loader.With(withFaults(ctx), service, rootLookups(graphql.GetOperationContext(ctx))))
	}
}
