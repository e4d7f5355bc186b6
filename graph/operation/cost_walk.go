package operation

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// costOf computes the cost of an operation from its page arguments and variables. It visits each fragment once, so that
// its own time is linear in the length of the document. interpreted reports whether gqlgen's executor runs the
// operation. The lists of a subscription's event have a share of their maximum number of elements.
func costOf(costs schemaCosts, op *graphql.OperationContext, interpreted bool, share float64) Cost {
	walk := costWalk{schemaCosts: costs, variables: op.Variables, share: share}
	total := walk.set(op.Operation.SelectionSet)
	if interpreted {
		walk.introspection.fields = total.fixed.fields + total.fixed.scalars/scalarsPerInterpreted
	}
	return Cost{
		Objects:       saturate(total.fixed.objects),
		Calls:         saturate(total.fixed.calls),
		Sites:         saturate(total.fixed.sites),
		Fields:        saturate(total.fixed.fields),
		Scalars:       saturate(total.fixed.scalars),
		Interpreted:   saturate(walk.introspection.fields),
		Introspection: saturate(walk.introspection.objects),
		Depth:         total.depth,
		Field:         total.fixed.at.path(),
		undecided:     walk.undecided,
	}
}

// selectionCost is the cost of a selection for one object: a fixed part, and a part for each element if the object is a
// page. It does not depend on the size of the page, so that the cost of a fragment is the same at every spread.
type selectionCost struct {
	fixed, each amount
	depth       int
}

func (c selectionCost) and(other selectionCost) selectionCost {
	return selectionCost{c.fixed.and(other.fixed), c.each.and(other.each), max(c.depth, other.depth)}
}

// amount is a sum of costs, and its most expensive field. The numbers are floating point because products of page sizes
// can overflow integers; they are exact up to the limits.
type amount struct {
	objects, calls, fields float64
	scalars                float64 // in long lists of plain data, see Field.MaxScalars
	sites                  float64 // of the document, so not multiplied by page sizes
	leaves                 float64 // the part of calls for fields without a selection: it counts for the field around them
	total                  bool    // whether it selects the totalCount of the connection around it, which has to be counted
	most                   float64 // the largest sum of objects and calls in one field
	at                     *step   // that field, nil if there is none
}

func (a amount) and(b amount) amount {
	most := a
	if b.most > a.most {
		most = b
	}
	return amount{
		objects: a.objects + b.objects, calls: a.calls + b.calls, fields: a.fields + b.fields, scalars: a.scalars + b.scalars,
		sites: a.sites + b.sites, leaves: a.leaves + b.leaves, total: a.total || b.total, most: most.most, at: most.at,
	}
}

func (a amount) times(n float64) amount {
	return amount{
		objects: a.objects * n, calls: a.calls * n, fields: a.fields * n, scalars: a.scalars * n,
		sites: a.sites, leaves: a.leaves * n, most: a.most * n, at: a.at,
	}
}

// step is a name in a path of the response, and the steps below it.
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
	schemaCosts
	variables     map[string]any
	share         float64                  // of the elements of an event
	fragments     map[string]selectionCost // nil until the first one is visited
	introspection amount                   // of the fields that describe the schema, which gqlgen always resolves
	undecided     string                   // a directive whose condition is null, which a variable with a default can be
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

// fragment returns the cost of a spread.
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

// included reports whether @skip and @include keep a selection.
func (w *costWalk) included(directives ast.DirectiveList) bool {
	for _, directive := range directives {
		if directive.Name != "skip" && directive.Name != "include" {
			continue
		}
		argument := directive.Arguments.ForName("if")
		if argument == nil {
			continue
		}
		value, err := argument.Value.Value(w.variables)
		holds, ok := value.(bool)
		if err != nil || !ok {
			w.undecided = directive.Name
			continue
		}
		if holds == (directive.Name == "skip") {
			return false
		}
	}
	return true
}

func (w *costWalk) field(field *ast.Field) selectionCost {
	own, needs := w.call(field), FieldOf(field.ObjectDefinition.Name, field.Name)
	if len(field.SelectionSet) == 0 {
		own.leaves, own.total = own.calls, needs.Total
		return selectionCost{fixed: own, depth: 1}
	}
	below := w.set(field.SelectionSet)
	count, elements, ofPage := w.counts(field)
	within := below.fixed.and(below.each.times(elements))
	if elements > 1 { // the statement reads the page even if no elements are selected
		rows := max(0, elements-below.each.objects*elements)
		within.calls, within.leaves = within.calls+rows, within.leaves+rows
	}
	if within.total {
		within.calls, within.leaves, within.total = within.calls+needs.TotalCost, within.leaves+needs.TotalCost, false
	}
	if needs.MaxScalars > 0 {
		ids, pairs := w.idsOf(field)
		within.scalars += below.fixed.fields * (ids + min(pairs, needs.MaxScalars))
	}
	total := within
	total.objects++
	total.most, total.at = 1+within.leaves+needs.Each, &step{name: field.Alias}
	if within.most > total.most {
		total.most, total.at = within.most, &step{field.Alias, within.at}
	}
	total.leaves = 0
	total = total.times(count)
	if field.Name == "__schema" || field.Name == "__type" {
		w.introspection = w.introspection.and(total)
	}
	if ofPage {
		return selectionCost{fixed: own, each: total, depth: below.depth + 1}
	}
	return selectionCost{fixed: own.and(total), depth: below.depth + 1}
}

// call returns the cost of a field for one object, without what the field returns.
func (w *costWalk) call(field *ast.Field) amount {
	own := amount{fields: 1}
	if site, ok := w.callSites[field.Definition]; ok {
		needs := FieldOf(field.ObjectDefinition.Name, field.Name)
		own.calls, own.sites = 1+needs.Each, site
		if needs.EachID > 0 {
			ids, pairs := w.idsOf(field)
			own.sites += needs.EachID*ids + min(needs.EachPair*pairs, needs.AllPairs)
		}
	}
	if w.mayWalkAllUsers(field) {
		own.sites += followersOrderCost
	}
	return own
}

// mayWalkAllUsers reports whether a field returns a page of users by followers that may read the ids of all users: any
// but the first page from the most followers.
func (w *costWalk) mayWalkAllUsers(field *ast.Field) bool {
	if field.ObjectDefinition.Name != "Query" || field.Name != "users" {
		return false
	}
	order, _ := w.argument(field, "orderBy").(map[string]any)
	if order == nil || order["field"] != string(model.UserOrderFieldFollowersCount) {
		return false
	}
	for _, name := range []string{"after", "before", "last"} {
		if w.argument(field, name) != nil {
			return true
		}
	}
	return order["direction"] != string(model.OrderDirectionDesc)
}

// argument returns the value of an argument, nil if it has none.
func (w *costWalk) argument(field *ast.Field, name string) any {
	argument := field.Arguments.ForName(name)
	if argument == nil {
		return nil
	}
	value, err := argument.Value.Value(w.variables)
	if err != nil {
		return nil
	}
	return value
}

// counts returns how many objects a field returns for its parent, and how many elements the lists of each object have.
// ofPage reports whether count is for each element of the parent's page.
func (w *costWalk) counts(field *ast.Field) (count, elements float64, ofPage bool) {
	isList := field.Definition.Type.Elem != nil
	isPaged := field.Definition.Arguments.ForName("first") != nil
	needs := FieldOf(field.ObjectDefinition.Name, field.Name)
	size, isIntrospection := w.introspectionSizes[field.ObjectDefinition.Name+"."+field.Name]
	switch {
	case isIntrospection:
		return size, 1, false
	case w.holdsList(field.ObjectDefinition) && isList:
		return 1, 1, true // the connection's edges and nodes, the payload's results, the event's users or changes
	case isPaged && isList:
		return w.limit(field), 1, false
	case isPaged:
		return 1, w.limit(field), false
	case needs.ElementPerID:
		return 1, w.share * w.listLength(field), false
	case needs.Elements > 0:
		return 1, w.share * needs.Elements, false
	case isList:
		return w.listLength(field), 1, false
	default:
		return 1, 1, false
	}
}

// holdsList reports whether the field that returns a type sets the length of the type's lists: the type is a
// connection, the payload of a mutation of several users, an event, a path, or a list without cursors.
func (w *costWalk) holdsList(definition *ast.Definition) bool {
	return w.holders[definition] || definition.Fields.ForName("pageInfo") != nil
}

// limit returns the requested page size, within its bounds: the resolver refuses values out of bounds.
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
			return float64(min(max(n, 0), page.MaxLimit))
		}
	}
	return page.DefaultLimit
}

// listLength returns how many objects a field returns that takes lists of ids: one for each id, or for each pair of ids
// if it takes two lists.
func (w *costWalk) listLength(field *ast.Field) float64 {
	_, pairs := w.idsOf(field)
	return pairs
}

// idsOf returns the number of ids in the lists of a field's arguments and of its input, and the number of pairs if there
// are two lists. Without lists, pairs is 1. A list counts as at least one id.
func (w *costWalk) idsOf(field *ast.Field) (ids, pairs float64) {
	pairs = 1
	for _, argument := range field.Arguments {
		value, err := argument.Value.Value(w.variables)
		if err != nil {
			continue
		}
		input, ok := value.(map[string]any)
		if !ok {
			input = map[string]any{"": value}
		}
		for _, value := range input {
			if list, ok := value.([]any); ok {
				ids += float64(max(len(list), 1))
				pairs *= float64(max(len(list), 1))
			}
		}
	}
	return ids, pairs
}
