package operation

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

// Introspection refuses operations that ask for the schema, unless it is open or the caller has the role OPT_USER. Of those
// that may, it makes the answer what the specification wants.
type Introspection struct{ Open bool }

var _ interface {
	graphql.OperationContextMutator
	graphql.FieldInterceptor
} = Introspection{}

// ExtensionName names the extension to gqlgen.
func (Introspection) ExtensionName() string { return "Introspection" }

// Validate has nothing to check.
func (Introspection) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext has gqlgen answer introspection, or refuses the operation for it.
func (i Introspection) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = false
	if i.Open || viewer.From(ctx).Operator {
		return nil
	}
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if field.Name == "__schema" || field.Name == "__type" {
			return gqlerror.Wrap(apperr.New(apperr.Forbidden, "introspection is disabled on this server"))
		}
	}
	return nil
}

// kindsWith are the kinds of type that fields of __Type are about. For all others they are null ("GraphQL", 4.2.2 The __Type
// Type), for which gqlgen has empty lists and false.
var kindsWith = map[string][]string{
	"fields":        {"OBJECT", "INTERFACE"},
	"interfaces":    {"OBJECT", "INTERFACE"},
	"possibleTypes": {"INTERFACE", "UNION"},
	"enumValues":    {"ENUM"},
	"inputFields":   {"INPUT_OBJECT"},
	"isOneOf":       {"INPUT_OBJECT"},
}

// InterceptField makes a field of __Type null that is not about the kind of the type.
func (Introspection) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	field := graphql.GetFieldContext(ctx)
	if field.Object != "__Type" || field.Parent == nil {
		return value, err
	}
	described, ok := field.Parent.Result.(*introspection.Type)
	if kinds, about := kindsWith[field.Field.Name]; ok && about && !slices.Contains(kinds, described.Kind()) {
		return nil, err
	}
	return value, err
}
