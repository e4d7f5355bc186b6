// Package operation checks, bounds, words and observes one GraphQL operation. Most of it is extensions of gqlgen, which
// graph.NewServer puts in order.
package operation
