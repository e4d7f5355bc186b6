package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/social"
	"followgraph/internal/viewer"
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
	if refusal := viewer.From(ctx).Refusal; refusal != nil && !SignsInOnly(op) {
		return gqlerror.Wrap(refusal)
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

// SignsInOnly reports whether an operation does nothing but sign callers in or register them: it has such root fields and no
// others beside __typename, whatever @skip and @include leave of them. It is for an operation that has been validated.
func SignsInOnly(op *graphql.OperationContext) bool {
	if op.Operation == nil || op.Operation.Operation != ast.Mutation {
		return false
	}
	enters := false
	seen := map[string]bool{}
	var only func(ast.SelectionSet) bool
	only = func(set ast.SelectionSet) bool {
		for _, selection := range set {
			switch selection := selection.(type) {
			case *ast.Field:
				switch {
				case social.IsSignInField(selection.Name):
					enters = true
				case selection.Name != "__typename":
					return false
				}
			case *ast.InlineFragment:
				if !only(selection.SelectionSet) {
					return false
				}
			case *ast.FragmentSpread:
				if !seen[selection.Name] { // once, so that the walk is as long as the document
					seen[selection.Name] = true
					if !only(selection.Definition.SelectionSet) {
						return false
					}
				}
			}
		}
		return true
	}
	return only(op.Operation.SelectionSet) && enters
}

// rootTypes are the types that an operation's selection can be on.
var rootTypes = []string{"Query", "Mutation"}
