package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/limit"
	"followgraph/internal/viewer"
)

// RateLimit charges each operation to its caller's budget. If the budget is spent, it refuses the operation with
// RATE_LIMITED. A subscription is charged the minimum, and later for each event. RateLimit must follow CostLimit, which sets the cost, and all other extensions that refuse operations, so that
// only operations that run are charged.
type RateLimit struct{ Budgets *limit.Budgets } // nil: no rate limit

var _ graphql.OperationContextMutator = RateLimit{}

const rateLimitName = "RateLimit"

// ExtensionName returns the name of the extension for gqlgen.
func (RateLimit) ExtensionName() string { return rateLimitName }

// Validate does nothing.
func (RateLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext charges the operation and stores the charge in its statistics.
func (r RateLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if r.Budgets == nil {
		return nil
	}
	cost := CostOf(op)
	if op.Operation.Operation == ast.Subscription {
		cost = Cost{}
	}
	charge, err := r.Budgets.Spend(CallerOf(viewer.From(ctx)), cost.Total())
	if charge != nil {
		charge.NodeCount = cost.Objects
		op.Stats.SetExtension(rateLimitName, charge)
	}
	if err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// CallerOf returns who is charged for the operations of a caller.
func CallerOf(caller viewer.Viewer) limit.Caller {
	return limit.Caller{User: caller.CognitoID, Address: caller.Address}
}

// ChargeOf returns what an operation was charged: nil without a rate limit, or if it was refused before.
func ChargeOf(op *graphql.OperationContext) *limit.Charge {
	charge, _ := op.Stats.GetExtension(rateLimitName).(*limit.Charge)
	return charge
}

// CurrentCharge returns what the operation at ctx was charged.
func CurrentCharge(ctx context.Context) *limit.Charge {
	return ChargeOf(graphql.GetOperationContext(ctx))
}

// ReadsBudget reports whether an operation selects the caller's budget, which differs in each response.
func ReadsBudget(op *graphql.OperationContext) bool {
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if FieldOf("Query", field.Name).ReadsBudget {
			return true
		}
	}
	return false
}
