package graph

import (
	"context"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/meter"
)

// The limits of one operation, checked before it runs.
const (
	MaxCost               = 200_000 // objects that a query can return
	MaxMutationCost       = 10_000  // objects that a mutation can return: gqlgen's executor takes a goroutine for each
	MaxIntrospectionCost  = 5_000   // objects that its introspection can return
	MaxDepth              = 32      // fields inside each other
	MaxRootFields         = 100     // of a query: each makes a lookup of its own
	MaxMutationRootFields = 10      // of a mutation: they run one after the other
)

// Cost is what an operation can ask for at most.
type Cost struct {
	Objects       int    // that it can return: what its lookups cost grows with them
	Introspection int    // the part of them that describes the schema
	Depth         int    // fields inside each other
	Field         string // the field that returns most of the objects, as its path of names in the answer
}

// CostLimit refuses operations over one of the limits with QUERY_TOO_COMPLEX, and keeps the cost of the others for
// CostOf.
type CostLimit struct{}

var _ graphql.OperationContextMutator = CostLimit{}

// ExtensionName names the extension to gqlgen.
func (CostLimit) ExtensionName() string { return "CostLimit" }

// Validate has nothing to check.
func (CostLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext changes nothing but the operation's statistics: it is where gqlgen lets an extension refuse an
// operation.
func (c CostLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	cost := costOf(op)
	meter.From(ctx).SetCost(cost.Objects)
	if err := cost.check(op); err != nil {
		return gqlerror.Wrap(err)
	}
	op.Stats.SetExtension(c.ExtensionName(), cost)
	return nil
}

// CostOf is the cost of the operation of ctx, zero outside of one that CostLimit let pass.
func CostOf(ctx context.Context) Cost {
	if !graphql.HasOperationContext(ctx) {
		return Cost{}
	}
	return keptCost(graphql.GetOperationContext(ctx))
}

// keptCost is what CostLimit noted of an operation that it let pass.
func keptCost(op *graphql.OperationContext) Cost {
	cost, _ := op.Stats.GetExtension(CostLimit{}.ExtensionName()).(Cost)
	return cost
}

func (c Cost) check(op *graphql.OperationContext) error {
	maxCost, maxRootFields := MaxCost, MaxRootFields
	if op.Operation.Operation == ast.Mutation {
		maxCost, maxRootFields = MaxMutationCost, MaxMutationRootFields
	}
	roots := rootFields(op, maxRootFields)
	switch {
	case roots > maxRootFields:
		return apperr.New(apperr.QueryTooComplex, "the %s has %d fields at its root, %d at most are allowed",
			op.Operation.Operation, roots, maxRootFields)
	case c.Depth > MaxDepth:
		return apperr.New(apperr.QueryTooComplex, "the operation is %d fields deep, %d at most are allowed", c.Depth, MaxDepth)
	case c.Introspection > MaxIntrospectionCost:
		return c.refusal(c.Introspection, MaxIntrospectionCost, "the operation can return %d objects that describe the schema, %d at most are allowed, and most of its objects in %s")
	case c.Objects > maxCost:
		return c.refusal(c.Objects, maxCost, "the operation can return %d objects, %d at most are allowed, and most of them in %s: ask for smaller pages or fewer levels")
	}
	return nil
}

// rootFields is how many fields an operation has at its root. Where there are not more than enough even before equal ones
// are merged, that is what it says.
func rootFields(op *graphql.OperationContext, enough int) int {
	roots := len(op.Operation.SelectionSet)
	for _, selection := range op.Operation.SelectionSet {
		if _, ok := selection.(*ast.Field); !ok || roots > enough {
			return len(graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes))
		}
	}
	return roots
}

// refusal is the error of a cost over its limit.
func (c Cost) refusal(cost, limit int, format string) error {
	args := []any{cost, limit, c.Field}
	err := apperr.New(apperr.QueryTooComplex, format, args...)
	err.Field = c.Field
	err.Details = map[string]any{"cost": cost, "limit": limit}
	return err
}

// saturate keeps a product of page sizes from overflowing; beyond the limit only its being beyond matters.
func saturate(objects float64) int { return int(math.Ceil(min(objects, math.MaxInt32))) }
