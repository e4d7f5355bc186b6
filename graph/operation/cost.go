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

// The limits of one operation, checked before it runs. Those of a query are also those of each event of a subscription.
// With them, no operation takes more than 250 ms of processor time
// or 32 MiB of memory: `make hostile-search` looks for one that does.
const (
	MaxCost               = 50_000 // of a query, see Cost.Total
	MaxMutationCost       = 10_000 // of a mutation
	MaxIntrospectionCost  = 5_000  // objects that introspection can return
	MaxInterpretedFields  = 30_000 // fields that gqlgen's executor resolves: about 2 µs and 500 bytes each
	MaxDepth              = 32     // levels of nested fields
	MaxRootFields         = 100    // of a query: each makes a lookup
	MaxMutationRootFields = 10     // of a mutation: they run one after another
)

// Cost is an upper bound of what an operation can read and return.
type Cost struct {
	Objects       int    // objects in the response
	Calls         int    // fields with a resolver times their objects, and rows that are read but not returned
	Sites         int    // sum of Field.CallSite over the selected fields
	Fields        int    // fields times objects
	Scalars       int    // elements of long lists of plain data
	Interpreted   int    // the part of Fields that gqlgen's executor resolves
	Introspection int    // the part of Objects that describes the schema
	Depth         int    // levels of nested fields
	Field         string // the most expensive field, as its path in the response

	undecided string // see costWalk
}

// Total returns the cost that is limited and charged.
func (c Cost) Total() int { return c.Objects + c.Calls + c.Sites }

// Memory returns an estimate of the bytes that an operation holds at its peak. maxResponse is the maximum size of the
// response in bytes.
func (c Cost) Memory(maxResponse int) int {
	response := min(c.Fields*bytesPerField+c.Scalars*bytesPerScalar, maxResponse)
	return c.Total()*bytesPerUnit + c.Interpreted*bytesPerInterpreted + 2*response
}

// Bytes of memory, measured with the operations that take most. A response is in memory twice while its parts are
// joined.
const (
	bytesPerUnit        = 600 // of Total
	bytesPerInterpreted = 500 // of a field that gqlgen's executor resolves
	bytesPerField       = 40  // of a response
	bytesPerScalar      = 30  // of a response: a time with microseconds
)

// scalarsPerInterpreted is how many scalars of a list take gqlgen's executor as much as a field does.
const scalarsPerInterpreted = 5

// CostLimit refuses operations that exceed a limit with QUERY_TOO_COMPLEX. It stores the cost of the others for CostOf,
// and compiles their plans, because a plan can be too long as well.
type CostLimit struct {
	schema graphql.ExecutableSchema
	costs  schemaCosts
}

var _ graphql.OperationContextMutator = (*CostLimit)(nil)

// ExtensionName returns the name of the extension for gqlgen.
func (*CostLimit) ExtensionName() string { return costName }

const costName = "CostLimit"

// Validate stores what the costs depend on in the schema. The schema also determines which executor runs queries.
func (c *CostLimit) Validate(schema graphql.ExecutableSchema) error {
	c.schema, c.costs = schema, costsOf(schema.Schema())
	return nil
}

// MutateOperationContext returns the error of a refused operation. It changes only the statistics of the operation.
func (c *CostLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	interpreted := op.Operation.Operation == ast.Mutation || !executor.Compiles(c.schema)
	cost := costOf(c.costs, op, interpreted, 1)
	meter.From(ctx).SetCost(cost.Total())
	if err := cost.check(op); err != nil {
		return gqlerror.Wrap(err)
	}
	if err := executor.Prepare(c.schema, op); err != nil {
		return gqlerror.Wrap(apperr.New(apperr.QueryTooComplex, "%s: select fewer fields", err))
	}
	op.Stats.SetExtension(costName, cost)
	if op.Operation.Operation == ast.Subscription {
		op.Stats.SetExtension(eventCostName, EventCost{none: costOf(c.costs, op, interpreted, 0), all: cost})
	}
	return nil
}

// CostOf returns the cost of an operation, or zero if CostLimit did not accept it. For a subscription it is that of the
// largest event.
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

// rootFields returns the number of root fields of an operation. If all selections are fields and not more than limit, it
// returns their number and does not merge equal ones.
func rootFields(op *graphql.OperationContext, limit int) int {
	roots := len(op.Operation.SelectionSet)
	for _, selection := range op.Operation.SelectionSet {
		if _, ok := selection.(*ast.Field); !ok || roots > limit {
			return len(graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes))
		}
	}
	return roots
}

// refusal returns the error of a cost over its limit.
func (c Cost) refusal(cost, limit int, format string) error {
	args := []any{cost, limit, c.Field}
	err := apperr.New(apperr.QueryTooComplex, format, args...)
	err.Field = c.Field
	err.Details = map[string]any{"cost": cost, "limit": limit}
	return err
}

// saturate rounds up to an int and avoids overflow: the exact value does not matter far beyond the limits.
func saturate(objects float64) int { return int(math.Ceil(min(objects, math.MaxInt32))) }
