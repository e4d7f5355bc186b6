package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

// Introspection refuses operations that ask for the schema, unless it is open or the caller has the role OPT_USER.
type Introspection struct{ Open bool }

var _ graphql.OperationContextMutator = Introspection{}

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
			return gqlerror.Wrap(apperr.New(apperr.Forbidden, "introspection is switched off on this server"))
		}
	}
	return nil
}
