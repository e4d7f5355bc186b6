package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
)

// Subscriptions refuses subscriptions that cannot begin: all of them if the server has none, and those that do not select
// one field, without @skip and @include ("GraphQL", September 2025, 5.2.4.1 Single Root Field). gqlparser's rule is an
// older one, and takes two aliases of a field for one field.
type Subscriptions struct{ Supported bool }

var _ graphql.OperationContextMutator = Subscriptions{}

// ExtensionName returns the name of the extension for gqlgen.
func (Subscriptions) ExtensionName() string { return "Subscriptions" }

// Validate does nothing.
func (Subscriptions) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext returns the error of a refused subscription. It changes nothing.
func (s Subscriptions) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	switch {
	case op.Operation.Operation != ast.Subscription:
		return nil
	case !s.Supported:
		return gqlerror.Wrap(ErrSubscriptionsNotSupported)
	}
	if position := conditionOfRoot(op.Operation.SelectionSet, map[string]bool{}); position != nil {
		err := gqlerror.Wrap(apperr.New(apperr.ValidationFailed, "the field of a subscription cannot have @skip or @include"))
		err.Locations = []gqlerror.Location{{Line: position.Line, Column: position.Column}}
		return err
	}
	if fields := len(graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes)); fields != 1 {
		return gqlerror.Wrap(apperr.New(apperr.ValidationFailed, "the subscription must select one field, not %d", fields))
	}
	return nil
}

// conditionOfRoot returns the position of the first @skip or @include that decides on root fields, nil if there is none.
// seen has the names of the fragments that were read.
func conditionOfRoot(set ast.SelectionSet, seen map[string]bool) *ast.Position {
	for _, selection := range set {
		var directives ast.DirectiveList
		var inner ast.SelectionSet
		switch selection := selection.(type) {
		case *ast.Field:
			directives = selection.Directives
		case *ast.InlineFragment:
			directives, inner = selection.Directives, selection.SelectionSet
		case *ast.FragmentSpread:
			if directives = selection.Directives; !seen[selection.Name] {
				seen[selection.Name] = true
				inner = selection.Definition.SelectionSet
			}
		}
		for _, name := range []string{"skip", "include"} {
			if directive := directives.ForName(name); directive != nil {
				return directive.Position
			}
		}
		if position := conditionOfRoot(inner, seen); position != nil {
			return position
		}
	}
	return nil
}

// ErrSubscriptionsNotSupported is the error of subscriptions on a server without the graph in memory.
var ErrSubscriptionsNotSupported = apperr.New(apperr.SubscriptionsNotSupported,
	"this server has no subscriptions: they need the graph in memory, and it runs with --graph=sql")

// SubscriptionField returns the root field of a subscription that Subscriptions accepted.
func SubscriptionField(op *graphql.OperationContext) graphql.CollectedField {
	return graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes)[0]
}

// DependsOnViewer reports whether the response to a valid operation may depend on the caller: whether it selects a field
// whose value does, regardless of @skip and @include.
func DependsOnViewer(op *graphql.OperationContext) bool {
	seen := map[string]bool{}
	var independent func(*ast.Field) bool
	independent = func(field *ast.Field) bool {
		return !FieldOf(field.ObjectDefinition.Name, field.Name).OfViewer && everyField(field.SelectionSet, seen, independent)
	}
	return !everyField(op.Operation.SelectionSet, seen, independent)
}
