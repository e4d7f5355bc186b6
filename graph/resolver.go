// Package graph answers the fields of schema.graphqls: resolvers of a few lines, scalars, and the wording of errors.
package graph

import "followgraph/internal/social"

// Resolver is the root of the resolvers. Those that read find what they need in the operation's loaders; mutations
// are done by the service.
type Resolver struct{ service *social.Service }

// NewResolver makes the resolvers on a service.
func NewResolver(service *social.Service) *Resolver { return &Resolver{service} }
