package store

import (
	"context"

	"github.com/jackc/pgx/v5/stdlib"

	"followgraph/internal/store/migrate"
)

// Migrated tells where the database stands; a *migrate.BehindError says that it lacks migrations, any other error
// that it does not answer.
func (s *Store) Migrated(ctx context.Context) (migrate.State, error) {
	db := stdlib.OpenDBFromPool(s.pool.Pool)
	defer func() { _ = db.Close() }() // gives its connections back; the pool stays open
	state, err := migrate.Check(ctx, db)
	return state, classify(ctx, err)
}

var emptySQL = statement("empty", nil)

// Empty tells whether there are neither users nor follows.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	var empty bool
	err := s.pool.QueryRow(ctx, emptySQL).Scan(&empty)
	return empty, classify(ctx, err)
}
