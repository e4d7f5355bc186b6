package variables

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// nulls returns an error for each variable that is null where an argument or input field is non-null. Validation
// accepts a nullable variable there if the variable or the position has a default, but an explicit null overrides the
// default ("GraphQL", 5.8.5 All Variable Usages Are Allowed, and 6.4.1 Coercing Field Arguments). Such an operation is
// refused before it runs, like one with any other invalid variable.
func nulls(op *ast.OperationDefinition, coerced map[string]any) (errs gqlerror.List) {
	eachUse(op, func(name string, value *ast.Value) {
		coercedValue, ok := coerced[value.Raw]
		if !ok || coercedValue != nil || value.ExpectedType == nil || !value.ExpectedType.NonNull || len(errs) == maxErrors {
			return
		}
		err := newError(op.VariableDefinitions.ForName(value.Raw), fmt.Sprintf(
			`Variable "$%s" is null, but "%s" of non-null type "%s" must not be null.`, value.Raw, name, value.ExpectedType))
		if value.Position != nil {
			err.Locations = append(err.Locations, gqlerror.Location{Line: value.Position.Line, Column: value.Position.Column})
		}
		errs = append(errs, err)
	})
	return errs
}

// eachUse calls visit for each use of a variable in an operation, with the name of the argument or input field. It
// visits each fragment once.
func eachUse(op *ast.OperationDefinition, visit func(name string, value *ast.Value)) {
	w := usageWalker{visit: visit, seen: map[string]bool{}}
	w.directives(op.Directives)
	w.set(op.SelectionSet)
}

type usageWalker struct {
	visit func(name string, value *ast.Value)
	seen  map[string]bool // names of fragments
}

func (w *usageWalker) set(set ast.SelectionSet) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			w.arguments(selection.Arguments)
			w.directives(selection.Directives)
			w.set(selection.SelectionSet)
		case *ast.InlineFragment:
			w.directives(selection.Directives)
			w.set(selection.SelectionSet)
		case *ast.FragmentSpread:
			w.directives(selection.Directives)
			if !w.seen[selection.Name] && selection.Definition != nil {
				w.seen[selection.Name] = true
				w.set(selection.Definition.SelectionSet)
			}
		}
	}
}

func (w *usageWalker) directives(directives ast.DirectiveList) {
	for _, directive := range directives {
		w.arguments(directive.Arguments)
	}
}

func (w *usageWalker) arguments(arguments ast.ArgumentList) {
	for _, argument := range arguments {
		w.value(argument.Name, argument.Value)
	}
}

// value visits a value of an argument or input field. The elements of a list have the name of the list.
func (w *usageWalker) value(name string, value *ast.Value) {
	if value.Kind == ast.Variable {
		w.visit(name, value)
	}
	for _, child := range value.Children {
		if child.Name != "" {
			w.value(child.Name, child.Value)
		} else {
			w.value(name, child.Value)
		}
	}
}
