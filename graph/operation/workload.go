package operation

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Workload is what sort of work an operation is, for whoever bounds how many run at once.
type Workload int

// The kinds.
const (
	WorkloadQuery    Workload = iota // a query: it keeps a connection to the database busy, or a processor
	WorkloadMutation                 // a mutation: follows wait for each other, to be written together
	WorkloadSignIn                   // a mutation that hashes a password, or makes who tries too often wait: mostly waiting
)

// String names the kind.
func (k Workload) String() string { return [...]string{"query", "mutation", "sign-in"}[k] }

// WorkloadOf tells what sort of work an operation is.
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
