package executor

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Schema is what the plugin generates of a GraphQL schema: a table for each object type, and what its functions share.
type Schema struct {
	// Types are the object types by name.
	Types map[string]*Type
	// Begin prepares an operation: the context for its resolvers, and the scope that the tables' functions get.
	Begin func(ctx context.Context, op *graphql.OperationContext) (context.Context, any)
	// OperationDirectives tells that the schema has directives of its own for queries, which gqlgen runs.
	OperationDirectives bool
}

// Type is the table of an object type.
type Type struct {
	Satisfies []string // the names that a fragment's type condition may have: its own, its interfaces, its unions
	Fields    map[string]*Field
}

// Field says how to answer a field. Exactly one of Plain, Resolve, ResolveBatch and Delegate does.
//
// Functions that write a value report whether it is null; what they have written is then taken back.
type Field struct {
	NonNull bool

	// Plain writes data that the parent holds.
	Plain func(x *Execution, parent any) (null bool)

	// Resolve calls the resolver; Write writes what it returned.
	Resolve func(ctx context.Context, scope, parent any) (any, error)
	// ResolveBatch calls the resolver of all parents at once (gqlgen, Batch Resolvers).
	ResolveBatch func(ctx context.Context, scope any, parents []any) ([]any, error)
	Write        func(x *Execution, value any) (null bool)

	// Delegate has gqlgen's own executor answer the field and all below it.
	Delegate func(ctx context.Context, scope any, field graphql.CollectedField, parent any) graphql.Marshaler

	// Context makes the field's context with its arguments, and reports where those are wrong.
	Context func(ctx context.Context, scope any, field graphql.CollectedField) (*graphql.FieldContext, error)
}

// Batch makes a Field's ResolveBatch of a resolver's call.
func Batch[P, R any](call func(ctx context.Context, scope any, parents []P) ([]R, error)) func(context.Context, any, []any) ([]any, error) {
	return func(ctx context.Context, scope any, parents []any) ([]any, error) {
		typed := make([]P, len(parents))
		for i, parent := range parents {
			typed[i] = parent.(P)
		}
		results, err := call(ctx, scope, typed)
		values := make([]any, len(results))
		for i, result := range results {
			values[i] = result
		}
		return values, err
	}
}

// BatchOfOne has gqlgen's own executor call the batch resolver of a type's field for one parent, and keep the parent's
// index in errors.
func BatchOfOne[P any](ctx context.Context, typename string, parent P) context.Context {
	at := graphql.GetFieldContext(ctx)
	if at.Index == nil {
		return ctx
	}
	return graphql.WithBatchParents(ctx, typename, []P{parent}, map[int]int{*at.Index: 0})
}

// Result makes a Field's Write of the function for the resolver's type. A middleware may have put a graphql.Marshaler
// in the place of the resolver's value; anything else is an error, worded as gqlgen does.
func Result[T any](write func(x *Execution, value T) (null bool)) func(*Execution, any) bool {
	return func(x *Execution, value any) bool {
		switch value := value.(type) {
		case T:
			return write(x, value)
		case graphql.Marshaler:
			return x.Marshaler(value)
		default:
			var wanted T
			return x.report(fmt.Errorf("unexpected type %T from middleware/directive chain, should be %T", value, wanted))
		}
	}
}
