package graph

import (
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/page"
	"followgraph/internal/social"
)

// costOf counts what an operation can return, from its page arguments and variables. Each fragment is walked once,
// however often it is spread, so that counting itself costs no more than the document is long.
func costOf(op *graphql.OperationContext) Cost {
	walk := costWalk{variables: op.Variables}
	total := walk.set(op.Operation.SelectionSet)
	return Cost{
		Objects:       saturate(total.fixed.objects),
		Introspection: saturate(walk.introspection),
		Depth:         total.depth,
		Field:         total.fixed.at.path(),
	}
}

// selectionCost is what a selection can return for one object: so many objects, and so many for each element of the
// page that the object is. A fragment costs the same wherever it is spread, and only the page around it has a size.
type selectionCost struct {
	fixed, each objects
	depth       int
}

func (c selectionCost) and(other selectionCost) selectionCost {
	return selectionCost{c.fixed.and(other.fixed), c.each.and(other.each), max(c.depth, other.depth)}
}

// objects is a number of objects, and the field that returns most of them. Numbers are floating point because they
// become products of page sizes; they are exact as long as they matter.
type objects struct {
	objects float64
	most    float64 // of them, in one field
	at      *step   // that field, nil where there are none
}

func (o objects) and(other objects) objects {
	most := o
	if other.most > o.most {
		most = other
	}
	return objects{o.objects + other.objects, most.most, most.at}
}

func (o objects) times(n float64) objects { return objects{o.objects * n, o.most * n, o.at} }

// step is a name of an answer and the steps below it.
type step struct {
	name  string
	below *step
}

func (s *step) path() string {
	var names []string
	for ; s != nil; s = s.below {
		names = append(names, s.name)
	}
	return strings.Join(names, ".")
}

type costWalk struct {
	variables     map[string]any
	fragments     map[string]selectionCost // nil before the first one
	introspection float64
}

func (w *costWalk) set(set ast.SelectionSet) selectionCost {
	var total selectionCost
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			if w.included(selection.Directives) {
				total = total.and(w.field(selection))
			}
		case *ast.InlineFragment:
			if w.included(selection.Directives) {
				total = total.and(w.set(selection.SelectionSet))
			}
		case *ast.FragmentSpread:
			if w.included(selection.Directives) {
				total = total.and(w.fragment(selection))
			}
		}
	}
	return total
}

// fragment is the cost of a spread.
func (w *costWalk) fragment(spread *ast.FragmentSpread) selectionCost {
	known, ok := w.fragments[spread.Name]
	if !ok {
		known = w.set(spread.Definition.SelectionSet)
		if w.fragments == nil {
			w.fragments = map[string]selectionCost{}
		}
		w.fragments[spread.Name] = known
	}
	return known
}

// included tells whether @skip and @include leave a selection in.
func (w *costWalk) included(directives ast.DirectiveList) bool {
	for _, directive := range directives {
		if directive.Name != "skip" && directive.Name != "include" {
			continue
		}
		argument := directive.Arguments.ForName("if")
		if argument == nil {
			continue
		}
		if value, err := argument.Value.Value(w.variables); err == nil && value == (directive.Name == "skip") {
			return false
		}
	}
	return true
}

func (w *costWalk) field(field *ast.Field) selectionCost {
	if len(field.SelectionSet) == 0 {
		return selectionCost{depth: 1}
	}
	below := w.set(field.SelectionSet)
	count, elements, ofPage := w.counts(field)
	within := below.fixed.and(below.each.times(elements))
	own := objects{1 + within.objects, 1, &step{name: field.Alias}}
	if within.most > 1 {
		own.most, own.at = within.most, &step{field.Alias, within.at}
	}
	own = own.times(count)
	if field.Name == "__schema" || field.Name == "__type" {
		w.introspection += own.objects
	}
	cost := selectionCost{fixed: own, depth: below.depth + 1}
	if ofPage {
		cost.fixed, cost.each = objects{}, own
	}
	return cost
}

// counts is how many objects a field returns for its parent, and how many elements the lists in each of them have.
// ofPage tells that the number is for each element of the page that the parent is.
func (w *costWalk) counts(field *ast.Field) (count, elements float64, ofPage bool) {
	isList := field.Definition.Type.Elem != nil
	isPaged := field.Definition.Arguments.ForName("first") != nil
	size, isIntrospection := introspectionSizes()[field.ObjectDefinition.Name+"."+field.Name]
	switch {
	case isIntrospection:
		return size, 1, false
	case holdsList(field.ObjectDefinition) && isList:
		return 1, 1, true // the connection's edges and nodes, the payload's results
	case isPaged && isList:
		return w.limit(field), 1, false
	case isPaged:
		return 1, w.limit(field), false
	case field.Name == "followUsers":
		return 1, social.MaxFollows, false
	case isList:
		return w.listLength(field), 1, false
	default:
		return 1, 1, false
	}
}

// holdsList tells whether a type has lists as long as the field that returned it says: a connection, or the payload of
// a mutation of several users.
func holdsList(definition *ast.Definition) bool {
	return definition.Fields.ForName("pageInfo") != nil || definition.Fields.ForName("results") != nil
}

// limit is how many elements a page asks for; a value out of bounds is the resolver's to refuse.
func (w *costWalk) limit(field *ast.Field) float64 {
	for _, name := range []string{"first", "last"} {
		argument := field.Arguments.ForName(name)
		if argument == nil {
			continue
		}
		value, err := argument.Value.Value(w.variables)
		if err != nil || value == nil {
			continue
		}
		if n, err := graphql.UnmarshalInt(value); err == nil {
			return float64(min(max(n, 1), page.MaxLimit))
		}
	}
	return page.DefaultLimit
}

// listLength is how many objects a field returns that takes lists of ids: one for each, and of two lists for each pair.
func (w *costWalk) listLength(field *ast.Field) float64 {
	length := 1.0
	for _, argument := range field.Arguments {
		value, err := argument.Value.Value(w.variables)
		if ids, ok := value.([]any); ok && err == nil {
			length *= float64(max(len(ids), 1))
		}
	}
	return length
}

// introspectionSizes is how many objects the fields of the schema's description return, by type and field: where there is
// one, as of directives, that many, else the mean of all. So the cost of the usual introspection, which takes all of
// each list, is about right, and does not count what a nullable field rarely has. One type that is asked for by its name
// counts for as many as the one with most fields stands for.
var introspectionSizes = sync.OnceValue(func() map[string]float64 {
	var types, fields, arguments, inputFields, values, interfaces, possible, references, wrapped, most float64
	refer := func(t *ast.Type) {
		for references++; t != nil; t = t.Elem {
			if t.NonNull {
				wrapped++
			}
			if t.Elem != nil {
				wrapped++
			}
		}
	}
	for _, definition := range parsedSchema.Types {
		types++
		most = max(most, float64(len(definition.Fields)))
		interfaces += float64(len(definition.Interfaces))
		values += float64(len(definition.EnumValues))
		if definition.IsAbstractType() {
			possible += float64(len(parsedSchema.GetPossibleTypes(definition)))
		}
		for _, field := range definition.Fields {
			refer(field.Type)
			if definition.Kind == ast.InputObject {
				inputFields++
				continue
			}
			fields++
			for _, argument := range field.Arguments {
				arguments++
				refer(argument.Type)
			}
		}
	}
	directives, directiveArguments := float64(len(parsedSchema.Directives)), 0.0
	for _, directive := range parsedSchema.Directives {
		directiveArguments += float64(len(directive.Arguments))
	}
	return map[string]float64{
		"Query.__type":   most * types / fields,
		"__Schema.types": types, "__Schema.directives": directives,
		"__Type.fields": fields / types, "__Type.inputFields": inputFields / types, "__Type.enumValues": values / types,
		"__Type.interfaces": interfaces / types, "__Type.possibleTypes": possible / types,
		"__Type.ofType":    wrapped / (references + wrapped),
		"__Field.args":     arguments / fields,
		"__Directive.args": directiveArguments / directives,
	}
})
