package operation

import (
	"context"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/apperr"
	"followgraph/internal/executor"
	"followgraph/internal/observe/meter"
)

// The limits of one operation, checked before it runs. They are so low that no operation takes more than 250 ms of the
// processor or 32 MiB of memory: `make hostile-search` looks for one that does.
const (
	MaxCost               = 50_000 // of a query: see Cost.Total
	MaxMutationCost       = 10_000 // of a mutation
	MaxIntrospectionCost  = 5_000  // objects that an operation can return to describe the schema
	MaxInterpretedFields  = 30_000 // fields that gqlgen's executor answers: about 2 µs and 500 bytes each
	MaxDepth              = 32     // fields inside each other
	MaxRootFields         = 100    // of a query: each makes a lookup of its own
	MaxMutationRootFields = 10     // of a mutation: they run one after the other
)

// Cost is what an operation can ask for at most.
type Cost struct {
	Objects       int    // that it can return
	Calls         int    // fields with a resolver times the objects that they are called for, and rows read for nothing
	Sites         int    // what the fields with a resolver cost that it selects, see Field.CallSite
	Fields        int    // fields times objects
	Interpreted   int    // the part of them that gqlgen's executor answers
	Introspection int    // the part of the objects that describes the schema
	Depth         int    // fields inside each other
	Field         string // the field that costs most, as its path of names in the answer

	undecided string // see costWalk
}

// Total is the cost that is limited and charged.
func (c Cost) Total() int { return c.Objects + c.Calls + c.Sites }

// Memory returns about how many bytes an operation can hold at one time, whose answer has at most maxResponse bytes.
func (c Cost) Memory(maxResponse int) int {
	answer := min(c.Fields*bytesPerField, maxResponse)
	return c.Total()*bytesPerUnit + c.Interpreted*bytesPerInterpreted + 2*answer
}

// What there is of memory, in bytes: measured, of the operations that take most. An answer is held twice while its
// pieces are put together.
const (
	bytesPerUnit        = 600 // of Total
	bytesPerInterpreted = 500 // of a field that gqlgen's executor answers
	bytesPerField       = 40  // of an answer
)

// CostLimit refuses operations over one of the limits with QUERY_TOO_COMPLEX, and keeps the cost of the others for
// CostOf. It compiles the plan of an operation that passes, because a plan can be too long as well.
type CostLimit struct {
	schema graphql.ExecutableSchema
	costs  schemaCosts
}

var _ graphql.OperationContextMutator = (*CostLimit)(nil)

// ExtensionName names the extension to gqlgen.
func (*CostLimit) ExtensionName() string { return costName }

const costName = "CostLimit"

// Validate notes the schema, which says which executor runs queries.
func (c *CostLimit) Validate(schema graphql.ExecutableSchema) error {
	c.schema, c.costs = schema, costsOf(schema.Schema())
	return nil
}

// MutateOperationContext changes nothing but the operation's statistics: it is where gqlgen lets an extension refuse an
// operation.
func (c *CostLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	cost := costOf(c.costs, op, op.Operation.Operation == ast.Mutation || !executor.Compiles(c.schema))
	meter.From(ctx).SetCost(cost.Total())
	if err := cost.check(op); err != nil {
		return gqlerror.Wrap(err)
	}
	if err := executor.Prepare(c.schema, op); err != nil {
		return gqlerror.Wrap(apperr.New(apperr.QueryTooComplex, "%s: select fewer fields", err))
	}
	op.Stats.SetExtension(costName, cost)
	return nil
}

// CostOf returns the cost of an operation, zero of one that CostLimit has not let pass.
func CostOf(op *graphql.OperationContext) Cost {
	cost, _ := op.Stats.GetExtension(costName).(Cost)
	return cost
}

func (c Cost) check(op *graphql.OperationContext) error {
	maxCost, maxRootFields := MaxCost, MaxRootFields
	if op.Operation.Operation == ast.Mutation {
		maxCost, maxRootFields = MaxMutationCost, MaxMutationRootFields
	}
	roots := rootFields(op, maxRootFields)
	switch {
	case c.undecided != "":
		return apperr.New(apperr.ValidationFailed, "the argument if of @%s must be a Boolean, not null", c.undecided)
	case roots > maxRootFields:
		return apperr.New(apperr.QueryTooComplex, "the %s has %d root fields; the limit is %d",
			op.Operation.Operation, roots, maxRootFields)
	case c.Depth > MaxDepth:
		return apperr.New(apperr.QueryTooComplex, "the operation is nested %d levels deep; the limit is %d", c.Depth, MaxDepth)
	case c.Introspection > MaxIntrospectionCost:
		return c.refusal(c.Introspection, MaxIntrospectionCost, "the operation can return %d introspection objects; the limit is %d: select fewer fields in %s")
	case c.Total() > maxCost:
		return c.refusal(c.Total(), maxCost, "the operation costs %d; the limit is %d: request smaller pages, fewer levels or fewer fields in %s")
	case c.Interpreted > MaxInterpretedFields:
		return c.refusal(c.Interpreted, MaxInterpretedFields, "the operation can return %d fields; the limit is %d: select fewer fields in %s")
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
