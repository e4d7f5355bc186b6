package operation

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// Introspection refuses operations that introspect the schema if their caller may not: see social.MayIntrospect. It
// also corrects gqlgen's responses to introspection where they differ from the specification.
type Introspection struct{ Open bool }

var _ interface {
	graphql.OperationContextMutator
	graphql.FieldInterceptor
} = Introspection{}

// ExtensionName returns the name of the extension for gqlgen.
func (Introspection) ExtensionName() string { return "Introspection" }

// Validate does nothing.
func (Introspection) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext enables gqlgen's introspection, or returns the error of a refused operation.
func (i Introspection) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = false
	if i.Open {
		return nil
	}
	caller := viewer.From(ctx)
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if err := social.MayIntrospect(caller, field.Name, i.Open); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}

// kindsWith lists the kinds of type for which a field of __Type is not null ("GraphQL", 4.2.2 The __Type Type). gqlgen
// returns empty lists and false for the other kinds.
var kindsWith = map[string][]string{
	"fields":        {"OBJECT", "INTERFACE"},
	"interfaces":    {"OBJECT", "INTERFACE"},
	"possibleTypes": {"INTERFACE", "UNION"},
	"enumValues":    {"ENUM"},
	"inputFields":   {"INPUT_OBJECT"},
	"isOneOf":       {"INPUT_OBJECT"},
}

// InterceptField returns null for a field of __Type that does not apply to the kind of the type.
func (Introspection) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	field := graphql.GetFieldContext(ctx)
	if field.Object != "__Type" || field.Parent == nil {
		return value, err
	}
	described, isType := field.Parent.Result.(*introspection.Type)
	if kinds, ok := kindsWith[field.Field.Name]; isType && ok && !slices.Contains(kinds, described.Kind()) {
		return nil, err
	}
	return value, err
}
