// Package executor runs GraphQL queries for gqlgen schemas. It compiles each document into a plan once. An execution
// writes plain data directly into a buffer and calls the resolvers level by level. The package is independent of any
// schema.
//
// The executor implements gqlgen's graphql.ExecutableSchema. It calls the same resolvers with the same arguments and
// contexts as gqlgen, and returns the same answers. It passes some work on to gqlgen:
//   - mutations
//   - operations with @defer, and operations with a directive of the schema on the query
//   - subscriptions to a field with a directive, of the schema or in the document
//   - within a query: introspection, fields with a directive of the schema, and fields that are bound to anything but a
//     Go field, a Go method without arguments or a resolver, each with everything below
//
// It differs from gqlgen where the same behavior would cost the speed that plans gain, or where gqlgen's answer depends
// on goroutine scheduling. A test in difference_test.go pins each difference:
//   - Field middleware runs around resolvers only, because plain data takes no calls, and once for a batch resolver.
//     What it puts into the context of a batch resolver does not reach the fields below, because all parents share one
//     context.
//   - Root field middleware runs around the resolver only. The fields below wait for the next wave. The middleware sees
//     a placeholder instead of the value. The arguments of root fields are read before the middleware runs, so that
//     their errors have a fixed order.
//   - A batch resolver gets all non-nil parents of a level at once, not those of one list. If it panics, every parent
//     gets the error, not only the first one.
//   - A batch resolver under a directive of the schema is called for one parent at a time, because gqlgen's own code
//     runs such fields.
//   - Fields with the same response key are always merged. gqlgen drops the selections of a second interface that is
//     unrelated to the first.
//   - Scalars that implement graphql.Marshaler are written immediately, not at the end. Their errors are reported even
//     if a parent becomes null later. If one panics, its field gets the error, and the operation continues.
//   - An operation with more than 20,000 selections after fragment expansion is refused with ErrTooLong.
//   - The paths of errors in an event of a subscription begin with the subscription's field. gqlgen leaves it out.
//   - If the value of a subscription's non-null field is null, the data of the event is null. In gqlgen only the field
//     is null.
//   - When the context ends, no more resolvers start. The data is null, with one error for it.
//   - When the data exceeds its limit (WithLimit), writing stops. The data is null.
//   - Errors are ordered by level, and within a level by position in the answer, except the errors of fields that
//     gqlgen runs and those that resolvers add themselves.
package executor

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// New returns a schema that runs queries and subscriptions from compiled plans, as tables describes them, and everything
// else as schema does. The plans are cached in documents.
func New(schema graphql.ExecutableSchema, tables *Schema, documents *Documents) graphql.ExecutableSchema {
	return &executable{ExecutableSchema: schema, tables: tables, documents: documents}
}

type executable struct {
	graphql.ExecutableSchema
	tables    *Schema
	documents *Documents
}

// Compiles reports whether schema runs queries from compiled plans.
func Compiles(schema graphql.ExecutableSchema) bool {
	_, ok := schema.(*executable)
	return ok
}

// ErrTooLong is the error of an operation whose plan would exceed 20,000 selections.
var ErrTooLong = fmt.Errorf("the operation has more selections than the limit of %d after its fragments are expanded", maxSelections)

// planExtension is the key of an operation's plan in its statistics.
const planExtension = "plan"

// Prepare compiles an operation before it runs, if it runs compiled. The error is ErrTooLong; the operation must not
// run then.
func Prepare(schema graphql.ExecutableSchema, op *graphql.OperationContext) error {
	e, ok := schema.(*executable)
	if !ok || !isCompiled(op.Operation.Operation) {
		return nil
	}
	plan := e.plan(op)
	if plan.isTooLong() {
		return ErrTooLong
	}
	op.Stats.SetExtension(planExtension, plan)
	return nil
}

func (e *executable) plan(op *graphql.OperationContext) *plan {
	return e.documents.plan(op, func() *plan { return compile(e.tables, e.Schema(), op.Doc, op.Operation) })
}

// Exec runs the operation of ctx.
func (e *executable) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	plan, ok := op.Stats.GetExtension(planExtension).(*plan)
	if !ok {
		plan = e.plan(op)
	}
	switch {
	case plan == nil:
		return e.ExecutableSchema.Exec(ctx)
	case plan.isTooLong():
		return graphql.OneShot(graphql.ErrorResponse(ctx, "%s", ErrTooLong.Error()))
	}
	x := newExecution(op, plan)
	if !x.decide() {
		x.release()
		return e.ExecutableSchema.Exec(ctx)
	}
	if op.Operation.Operation == ast.Subscription {
		return e.subscribe(ctx, x)
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		x.ctx, x.scope = e.tables.Begin(ctx, op)
		x.limit, x.waves = LimitOf(ctx), wavesOf(ctx)
		defer x.release()
		return &graphql.Response{Data: x.run()} //nolint:contextcheck // the execution has it
	}
}
