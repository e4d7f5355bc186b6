package graph

// gqlparser adds @defer to every schema. An answer goes out in one piece here, so the directive is unknown, and a
// document that uses it is told so instead of losing what it deferred.
func init() { delete(parsedSchema.Directives, "defer") }
