package executor

import "github.com/99designs/gqlgen/graphql"

// HasPlan reports whether Prepare has compiled an operation.
func HasPlan(op *graphql.OperationContext) bool {
	compiled, _ := op.Stats.GetExtension(planExtension).(*plan)
	return compiled != nil
}
