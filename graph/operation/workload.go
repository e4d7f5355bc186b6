package operation

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Workload is the workload class of an operation. Each class has a separate limit of operations that run at once.
type Workload int

// The workload classes.
const (
	WorkloadQuery    Workload = iota // a query, or the begin of a subscription: it uses a database connection or a processor
	WorkloadMutation                 // a mutation: follows wait for each other, to be written in one transaction
	WorkloadSignIn                   // a mutation that hashes a password: it mostly waits
)

// String returns the name of the class.
func (w Workload) String() string { return [...]string{"query", "mutation", "sign-in"}[w] }

// WorkloadOf returns the workload class of an operation.
func WorkloadOf(op *graphql.OperationContext) Workload {
	if op.Operation.Operation != ast.Mutation {
		return WorkloadQuery
	}
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if FieldOf("Mutation", field.Name).HashesPassword {
			return WorkloadSignIn
		}
	}
	return WorkloadMutation
}
