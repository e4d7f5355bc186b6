// Package executor answers queries from plans that it compiles once for a document: plain data goes straight into a
// buffer, resolvers are called level by level. It knows plans and buffers, and nothing of what they are about.
//
// It stands in for gqlgen's own executor behind the same interface, calls the same resolvers with the same arguments
// and contexts, and gives the same answers. It leaves to gqlgen: mutations and subscriptions; operations with @defer,
// with directives of the schema's own on the query, or of more than 20,000 fields once fragments are written out; and
// within a query, whole subtrees: introspection, fields with directives of the schema's own, and fields that are bound
// to anything but a Go field, a Go method without arguments, or a resolver.
//
// It differs from gqlgen's in what is not part of an answer: field middleware runs around resolvers alone, once for a
// batch resolver; root field middleware runs around the resolver and not what lies below; a batch resolver gets all
// parents of a level, not those of one list; and fields that merge by their key are merged always.
package executor

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// New makes a schema whose queries run compiled, as tables describes them, and all else as in schema. Plans are kept
// in documents.
func New(schema graphql.ExecutableSchema, tables *Schema, documents *Documents) graphql.ExecutableSchema {
	return &executable{ExecutableSchema: schema, tables: tables, documents: documents}
}

type executable struct {
	graphql.ExecutableSchema
	tables    *Schema
	documents *Documents
}

// Exec runs the operation of ctx.
func (e *executable) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	plan := e.documents.plan(ctx, op, func() *plan { return compile(e.tables, e.Schema(), op.Doc, op.Operation) })
	if plan == nil {
		return e.ExecutableSchema.Exec(ctx)
	}
	x := newExecution(op, plan)
	if !x.decide() {
		x.release()
		return e.ExecutableSchema.Exec(ctx)
	}
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		x.ctx, x.scope = e.tables.Begin(ctx, op)
		defer x.release()
		return &graphql.Response{Data: x.run()}
	}
}
