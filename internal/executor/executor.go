// Package executor answers queries from plans that it compiles once for a document: plain data goes straight into a
// buffer, resolvers are called level by level. It knows plans and buffers, and nothing of what they are about.
//
// It stands in for gqlgen's own executor behind the same interface, calls the same resolvers with the same arguments
// and contexts, and gives the same answers. It leaves to gqlgen: mutations and subscriptions; operations with @defer or
// with directives of the schema's own on the query; and within a query, whole subtrees: introspection, fields with directives of the schema's own, and fields that are bound
// to anything but a Go field, a Go method without arguments, or a resolver.
//
// It differs from gqlgen's where to follow would cost what it is there to save, or where gqlgen's answer is a matter of
// chance (each is pinned by a test in difference_test.go):
//   - Field middleware runs around resolvers alone, as data takes no calls, and once for a batch resolver. What it puts
//     into the context of a batch resolver does not come to what lies below, for there is one context for all parents.
//   - Root field middleware runs around the resolver and not what lies below, which waits for the next wave; it sees a
//     stand-in for the value. The arguments of root fields are read before, so that their errors have an order.
//   - A batch resolver gets all parents of a level, not those of one list, and none that is nil. Its panic is the error
//     of each parent, and not of the one that happened to be first.
//   - A batch resolver under a directive of the schema's own is called for one parent at a time: gqlgen's own code runs
//     such fields, parent by parent.
//   - Fields that merge by their key are merged always; gqlgen leaves out what is selected of a second interface that
//     does not know the first.
//   - Scalars that write themselves do so at once and not last of all. An error of theirs is reported even if something
//     around becomes null later, and their panic is that field's error and not the operation's end.
//   - A query of more than 20,000 selections once fragments are written out is refused with ErrTooLong.
//   - When the context ends, no resolver starts any more: the data is null, with one error for it.
//   - When the answer's data comes over a limit (WithLimit), no more is written: the data is null.
//   - Errors come in the order of the levels and of the answer, but for those of what gqlgen runs and those that
//     resolvers add themselves.
package executor

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
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

// Compiles reports whether queries of a schema run compiled.
func Compiles(schema graphql.ExecutableSchema) bool {
	_, ok := schema.(*executable)
	return ok
}

// ErrTooLong is the error of a query whose plan would be too long.
var ErrTooLong = fmt.Errorf("the query has more than %d selections once its fragments are written out", maxSelections)

// prepared is the name of an operation's plan in its statistics.
const planExtension = "plan"

// Prepare compiles an operation before it runs, where it runs compiled. The error is ErrTooLong, and then the operation
// must not run.
func Prepare(schema graphql.ExecutableSchema, op *graphql.OperationContext) error {
	e, ok := schema.(*executable)
	if !ok || op.Operation.Operation != ast.Query {
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
