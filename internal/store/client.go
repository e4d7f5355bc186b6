package store

import (
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"followgraph/ent"
)

// newClient makes the ent client that accounts are written with. It keeps no connection: each statement or transaction
// takes one of the pool and gives it back. Closing the client leaves the pool open.
func newClient(pool *pgxpool.Pool) *ent.Client {
	return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, stdlib.OpenDBFromPool(pool))))
}
