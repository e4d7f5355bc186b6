package store

import (
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"followgraph/ent"
	"followgraph/ent/predicate"
)

// newClient makes the ent client that accounts are written with. It keeps no connection: each statement or transaction
// takes one of the pool and gives it back. Closing the client leaves the pool open.
func newClient(pool *pgxpool.Pool) *ent.Client {
	return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, stdlib.OpenDBFromPool(pool))))
}

// own makes a statement of ent's say that it is this program's own, as sql/own.sql does: it holds for every row, and is evaluated
// before the row is written. In a transaction that has said so already it is not needed.
var ownWrite predicate.User = func(s *entsql.Selector) {
	s.Where(entsql.ExprP("set_config('followgraph.writer', 'own', true) = 'own'"))
}
