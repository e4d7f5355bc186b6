package variables

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// nulls reports each variable that is null where an argument or input field must not be. Validation lets a nullable variable
// stand there for the sake of a default, of the variable or of the place, which a null that was given takes the place of
// ("GraphQL", 5.8.5 All Variable Usages Are Allowed, and 6.4.1 Coercing Field Arguments). Such an operation does not begin,
// as with any other variable that does not fit.
func nulls(op *ast.OperationDefinition, coerced map[string]any) (errs gqlerror.List) {
	eachUse(op, func(name string, value *ast.Value) {
		given, ok := coerced[value.Raw]
		if !ok || given != nil || value.ExpectedType == nil || !value.ExpectedType.NonNull || len(errs) == maxErrors {
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

// eachUse calls found for each place where an operation uses a variable, with the name of the argument or input field there.
// A fragment is walked once.
func eachUse(op *ast.OperationDefinition, visit func(name string, value *ast.Value)) {
	w := usageWalker{visit: visit, seen: map[string]bool{}}
	w.directives(op.Directives)
	w.set(op.SelectionSet)
}

type usageWalker struct {
	visit func(name string, value *ast.Value)
	seen  map[string]bool // fragments
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

// value looks into a value of an argument or input field; the elements of a list are of its name.
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
