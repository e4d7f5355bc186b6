// Package graph resolves the fields of schema.graphqls, and serves operations: see NewServer.
package graph

import "followgraph/internal/social"

// Resolver is the root of the resolvers. Queries read with the loaders of the operation, mutations call the service.
type Resolver struct{ service *social.Service }

// NewResolver returns the resolvers of a service.
func NewResolver(service *social.Service) *Resolver { return &Resolver{service} }
