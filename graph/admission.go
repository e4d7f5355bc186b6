package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/social"
)

// Admission refuses an operation that asks for what its caller may not even ask for, before it runs: which root fields
// are open to whom is social's to say.
type Admission struct{ Service *social.Service }

var _ graphql.OperationContextMutator = Admission{}

// ExtensionName names the extension to gqlgen.
func (Admission) ExtensionName() string { return "Admission" }

// Validate has nothing to check.
func (Admission) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext changes nothing: it is where gqlgen lets an extension refuse an operation.
func (a Admission) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if a.Service.MayAskAnything(ctx) {
		return nil
	}
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if field.Name == "__typename" { // clients put it beside what they ask for, and it tells nothing
			continue
		}
		if err := a.Service.MayAsk(ctx, field.Name); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}

// rootTypes are the types that an operation's selection can be on.
var rootTypes = []string{"Query", "Mutation"}
