package store

import (
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"followgraph/ent"
	"followgraph/ent/predicate"
)

// newClient returns the ent client that writes accounts. It holds no connection: each statement or transaction takes
// one from the pool and returns it. Closing the client leaves the pool open.
func newClient(pool *connections) *ent.Client {
	return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, pool.openDB())))
}

// ownWrite marks an ent statement as a write of this program, as sql/own.sql does for the other statements. The
// condition is true for every row and is evaluated before the row is written. A transaction in which another statement
// has set the mark does not need it.
var ownWrite predicate.User = func(s *entsql.Selector) {
	s.Where(entsql.ExprP("set_config('followgraph.writer', 'own', true) = 'own'"))
}
