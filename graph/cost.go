package graph

import (
	"context"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/meter"
	"followgraph/internal/page"
	"followgraph/internal/social"
)

// The bounds of one operation, checked before it runs.
const (
	MaxCost  = 200_000 // objects that it can return
	MaxDepth = 32      // fields inside each other
)

// CostLimit refuses operations over MaxCost or MaxDepth with QUERY_TOO_COMPLEX. Each fragment is walked once, however
// often it is spread, so that the check itself costs no more than the document is long.
type CostLimit struct{}

var _ graphql.OperationContextMutator = CostLimit{}

// ExtensionName names the extension to gqlgen.
func (CostLimit) ExtensionName() string { return "CostLimit" }

// Validate has nothing to check.
func (CostLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext changes nothing: it is where gqlgen lets an extension refuse an operation.
func (CostLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	walk := costWalk{variables: op.Variables, fragments: map[string][2]cost{}}
	total := walk.set(op.Operation.SelectionSet, 1)
	meter.From(ctx).SetCost(total.objects)
	switch {
	case total.objects > MaxCost:
		return gqlerror.Wrap(apperr.New(apperr.QueryTooComplex,
			"the operation can return %d objects, %d at most are allowed: ask for smaller pages or fewer levels", total.objects, MaxCost))
	case total.depth > MaxDepth:
		return gqlerror.Wrap(apperr.New(apperr.QueryTooComplex,
			"the operation is %d fields deep, %d at most are allowed", total.depth, MaxDepth))
	}
	return nil
}

// cost is what a selection can return for one parent, and how deep it goes.
type cost struct{ objects, depth int }

func (c cost) and(other cost) cost {
	return cost{saturate(float64(c.objects) + float64(other.objects)), max(c.depth, other.depth)}
}

// saturate keeps a product of page sizes from overflowing; beyond the limit only its being beyond matters.
func saturate(objects float64) int { return int(min(objects, math.MaxInt32)) }

type costWalk struct {
	variables map[string]any
	fragments map[string][2]cost // for lists of no element and of one: what a fragment costs is linear in them
}

// set is the cost of a selection; elements is how many elements the lists of the connection around it have.
func (w *costWalk) set(set ast.SelectionSet, elements int) cost {
	var total cost
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			total = total.and(w.field(selection, elements))
		case *ast.InlineFragment:
			total = total.and(w.set(selection.SelectionSet, elements))
		case *ast.FragmentSpread:
			total = total.and(w.fragment(selection, elements))
		}
	}
	return total
}

// fragment is set for a spread. The fragment is walked the first time only.
func (w *costWalk) fragment(spread *ast.FragmentSpread, elements int) cost {
	known, ok := w.fragments[spread.Name]
	if !ok {
		for n := range known {
			known[n] = w.set(spread.Definition.SelectionSet, n)
		}
		w.fragments[spread.Name] = known
	}
	fixed, each := float64(known[0].objects), float64(known[1].objects-known[0].objects)
	return cost{saturate(fixed + each*float64(elements)), known[1].depth}
}

func (w *costWalk) field(field *ast.Field, elements int) cost {
	if len(field.SelectionSet) == 0 {
		return cost{depth: 1}
	}
	count, inner := 1, 1
	switch {
	case holdsList(field.ObjectDefinition) && field.Definition.Type.Elem != nil:
		count = elements // the connection's edges and nodes, the payload's results
	case field.Definition.Arguments.ForName("first") != nil && field.Definition.Type.Elem != nil:
		count = w.limit(field)
	case field.Definition.Arguments.ForName("first") != nil:
		inner = w.limit(field)
	case field.Name == "followUsers":
		inner = social.MaxFollows
	case field.Definition.Type.Elem != nil:
		count = w.listLength(field)
	}
	below := w.set(field.SelectionSet, inner)
	return cost{saturate(float64(count) * (1 + float64(below.objects))), below.depth + 1}
}

// holdsList tells whether a type has lists as long as the field that returned it says: a connection, or the payload of
// a mutation of several users.
func holdsList(definition *ast.Definition) bool {
	return definition.Fields.ForName("pageInfo") != nil || definition.Fields.ForName("results") != nil
}

// limit is how many elements a page asks for; a value out of bounds is the resolver's to refuse.
func (w *costWalk) limit(field *ast.Field) int {
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
			return min(max(n, 1), page.MaxLimit)
		}
	}
	return page.DefaultLimit
}

// listLength is how many objects a field returns that takes a list of ids.
func (w *costWalk) listLength(field *ast.Field) int {
	if argument := field.Arguments.ForName("ids"); argument != nil {
		if value, err := argument.Value.Value(w.variables); err == nil {
			if ids, ok := value.([]any); ok {
				return max(len(ids), 1)
			}
		}
	}
	return 1
}
