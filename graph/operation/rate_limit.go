package operation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/limit"
	"followgraph/internal/viewer"
)

// RateLimit charges each operation to its caller's budget, and refuses it with RATE_LIMITED where that is spent. It goes
// behind CostLimit, which knows the cost, and whatever else may refuse an operation, so that refusals are free.
type RateLimit struct{ Budgets *limit.Budgets } // nil: nobody has a budget

var _ graphql.OperationContextMutator = RateLimit{}

const rateLimitName = "RateLimit"

// ExtensionName names the extension to gqlgen.
func (RateLimit) ExtensionName() string { return rateLimitName }

// Validate has nothing to check.
func (RateLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext charges the operation and notes the charge with it.
func (r RateLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if r.Budgets == nil {
		return nil
	}
	by := viewer.From(ctx)
	cost := CostOf(op)
	charge, err := r.Budgets.Spend(limit.Caller{User: by.CognitoID, Address: by.Address}, cost.Total())
	if charge != nil {
		charge.NodeCount = cost.Objects
		op.Stats.SetExtension(rateLimitName, charge)
	}
	if err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// ChargeOf is what an operation was charged, nil where its caller has no budget or it was refused before.
func ChargeOf(op *graphql.OperationContext) *limit.Charge {
	charge, _ := op.Stats.GetExtension(rateLimitName).(*limit.Charge)
	return charge
}

// ReadsBudget tells whether an operation asks for its caller's budget: its answer is another one each time.
func ReadsBudget(op *graphql.OperationContext) bool {
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if FieldOf("Query", field.Name).ReadsBudget {
			return true
		}
	}
	return false
}

// CurrentCharge is ChargeOf the operation that is running.
func CurrentCharge(ctx context.Context) *limit.Charge {
	return ChargeOf(graphql.GetOperationContext(ctx))
}
