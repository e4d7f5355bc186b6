// Package graph answers the fields of schema.graphqls: resolvers of a few lines, scalars, and the wording of errors.
package graph

// Resolver is the root of the resolvers. What they need is in the operation's loaders, so it is empty.
type Resolver struct{}
