package graph

// gqlparser adds @defer to every schema. This server sends each response in one piece, so it removes the directive: a
// document with @defer gets a validation error instead of a response without the deferred parts.
func init() { delete(parsedSchema.Directives, "defer") }
