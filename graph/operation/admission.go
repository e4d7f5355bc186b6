package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// Admission refuses an operation before it runs if its caller may not select one of its root fields. social.Service
// has the rules.
type Admission struct{ Service *social.Service }

var _ graphql.OperationContextMutator = Admission{}

// ExtensionName returns the name of the extension for gqlgen.
func (Admission) ExtensionName() string { return "Admission" }

// Validate does nothing.
func (Admission) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext returns the error of a refused operation. It changes nothing.
func (a Admission) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if a.Service.MayAskAnything(ctx) {
		return nil
	}
	if refusal := viewer.From(ctx).Refusal; refusal != nil && !SignsInOnly(op) {
		return gqlerror.Wrap(refusal)
	}
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if err := a.Service.MayAsk(ctx, field.Name); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}

// SignsInOnly reports whether an operation only signs in or registers: besides __typename, it has only such root
// fields, and at least one. It ignores @skip and @include. The operation may be one that was not parsed; otherwise it
// must be valid.
func SignsInOnly(op *graphql.OperationContext) bool {
	if op.Operation == nil || op.Operation.Operation != ast.Mutation {
		return false
	}
	signsIn := false
	return everyField(op.Operation.SelectionSet, map[string]bool{}, func(field *ast.Field) bool {
		isSignIn := social.IsSignInField(field.Name)
		signsIn = signsIn || isSignIn
		return isSignIn || field.Name == "__typename"
	}) && signsIn
}

// rootTypes are the types of an operation's own selection set.
var rootTypes = []string{"Query", "Mutation", "Subscription"}
