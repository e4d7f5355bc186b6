package executor

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Schema is generated from a GraphQL schema. It has a table for each object type, and the settings that all tables
// share.
type Schema struct {
	// Types maps names to object types.
	Types map[string]*Type
	// Begin prepares an operation. It returns the context for the resolvers, and the scope that is passed to the
	// tables' functions.
	Begin func(ctx context.Context, op *graphql.OperationContext) (context.Context, any)
	// OperationDirectives reports whether the schema defines directives for queries. gqlgen runs queries that use one.
	OperationDirectives bool
}

// Type is the table of an object type.
type Type struct {
	Satisfies []string // the type conditions that match: the type, its interfaces and its unions
	Fields    map[string]*Field
}

// Field describes how to answer a field. Exactly one of Plain, Resolve, ResolveBatch and Delegate is used.
//
// Functions that write a value report whether it is null. The executor then removes what they have written.
type Field struct {
	NonNull bool

	// Plain writes data that the parent holds.
	Plain func(x *Execution, parent any) (null bool)

	// Resolve calls the resolver. Write writes the result.
	Resolve func(ctx context.Context, scope, parent any) (any, error)
	// Stream converts the result of Resolve to a Receiver, if the field is one of the subscription type. Write writes
	// the values that it receives.
	Stream func(result any) (Receiver, error)
	// ResolveBatch calls a batch resolver for all parents at once (gqlgen, Batch Resolvers).
	ResolveBatch func(ctx context.Context, scope any, parents []any) ([]any, error)
	Write        func(x *Execution, value any) (null bool)

	// Delegate lets gqlgen's executor answer the field and everything below it.
	Delegate func(ctx context.Context, scope any, field graphql.CollectedField, parent any) graphql.Marshaler

	// Context returns the field's context with its arguments. It reports errors in the arguments.
	Context func(ctx context.Context, scope any, field graphql.CollectedField) (*graphql.FieldContext, error)
}

// Batch converts the call of a batch resolver to a Field.ResolveBatch.
func Batch[P, R any](call func(ctx context.Context, scope any, parents []P) ([]R, error)) func(context.Context, any, []any) ([]any, error) {
	return func(ctx context.Context, scope any, parents []any) ([]any, error) {
		typedParents := make([]P, len(parents))
		for i, parent := range parents {
			typedParents[i] = parent.(P)
		}
		results, err := call(ctx, scope, typedParents)
		values := make([]any, len(results))
		for i, result := range results {
			values[i] = result
		}
		return values, err
	}
}

// BatchOfOne prepares ctx so that gqlgen's executor calls the batch resolver of a field of typename for one parent.
// Errors keep the parent's index.
func BatchOfOne[P any](ctx context.Context, typename string, parent P) context.Context {
	at := graphql.GetFieldContext(ctx)
	if at.Index == nil {
		return ctx
	}
	return graphql.WithBatchParents(ctx, typename, []P{parent}, map[int]int{*at.Index: 0})
}

// Result converts the function that writes a resolver's type to a Field.Write. Middleware may return a
// graphql.Marshaler instead of the resolver's value. Any other type is an error, with gqlgen's message.
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
