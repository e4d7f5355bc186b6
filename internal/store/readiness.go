package store

import (
	"context"
	"errors"

	"followgraph/internal/store/migrate"
)

// MigrationState returns the state of the database's schema. A *migrate.BehindError means that migrations are missing.
// Any other error means that the database does not respond.
func (s *Store) MigrationState(ctx context.Context) (migrate.State, error) {
	db := s.pool.openDB()
	defer func() { _ = db.Close() }() // returns its connections; the pool stays open
	var state migrate.State
	err := s.readTwice(ctx, func() (err error) {
		state, err = migrate.Check(ctx, db)
		return err
	})
	return state, classify(ctx, err)
}

// ErrReadOnly is the error of Ready for a database that answers and is migrated, but rejects writes.
var ErrReadOnly = errors.New("the database is read-only: reads work, and writes fail with UNAVAILABLE")

var readOnlySQL = statement("read_only", nil)

// Ready returns nil if the database answers, is migrated and accepts writes. It returns ErrReadOnly if the database
// only rejects writes: on a standby, or because of default_transaction_read_only. It returns as soon as ctx ends, even
// if a connection is still waiting.
func (s *Store) Ready(ctx context.Context) error {
	result := make(chan error, 1)
	go func() { result <- s.ready(ctx) }() // ends closeTimeout after ctx at the latest
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return classify(ctx, ctx.Err())
	}
}

func (s *Store) ready(ctx context.Context) error {
	if _, err := s.MigrationState(ctx); err != nil {
		return err
	}
	var readOnly bool
	if err := s.readTwice(ctx, func() error { return s.pool.QueryRow(ctx, readOnlySQL).Scan(&readOnly) }); err != nil {
		return classify(ctx, err)
	}
	if readOnly {
		return ErrReadOnly
	}
	return nil
}

var emptySQL = statement("empty", nil)

// Empty reports whether there are neither users nor follows.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	var empty bool
	err := s.readTwice(ctx, func() error { return s.pool.QueryRow(ctx, emptySQL).Scan(&empty) })
	return empty, classify(ctx, err)
}
