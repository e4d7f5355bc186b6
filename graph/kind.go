package graph

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Kind is what sort of work an operation is, for whoever bounds how many run at once.
type Kind int

// The kinds.
const (
	Reading   Kind = iota // a query: it keeps a connection to the database busy, or a processor
	Writing               // a mutation: follows wait for each other, to be written together
	SigningIn             // a mutation that hashes a password, or makes who tries too often wait: mostly waiting
)

// String names the kind.
func (k Kind) String() string { return [...]string{"query", "mutation", "sign-in"}[k] }

// hashing are the mutations that hash passwords.
var hashing = map[string]bool{"login": true, "register": true, "changePassword": true, "claimAccount": true}

// KindOf tells what sort of work an operation is.
func KindOf(op *graphql.OperationContext) Kind {
	if op.Operation.Operation != ast.Mutation {
		return Reading
	}
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, rootTypes) {
		if hashing[field.Name] {
			return SigningIn
		}
	}
	return Writing
}
