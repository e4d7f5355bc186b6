package operation

import "github.com/vektah/gqlparser/v2/ast"

// everyField reports whether a condition holds for every field of a selection set, regardless of @skip and @include. It
// asks in the order of the document, and stops at the first field for which it does not hold. It does not look below the
// fields. seen has the names of the fragments that were read: each is read once, so that the time is linear in the
// document's length.
func everyField(set ast.SelectionSet, seen map[string]bool, holds func(*ast.Field) bool) bool {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			if !holds(selection) {
				return false
			}
		case *ast.InlineFragment:
			if !everyField(selection.SelectionSet, seen, holds) {
				return false
			}
		case *ast.FragmentSpread:
			if !seen[selection.Name] {
				seen[selection.Name] = true
				if !everyField(selection.Definition.SelectionSet, seen, holds) {
					return false
				}
			}
		}
	}
	return true
}
