package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// query is a statement with its arguments, and a function that reads its rows and closes them.
type query struct {
	sql  string
	args []any
	read func(context.Context, pgx.Rows) error
}

// run sends queries together on one connection and reads their rows in order, so they take one round trip. The error is
// that of the first failed query. done is the number of queries before it.
func (s *Store) run(ctx context.Context, queries []query) (done int, err error) {
	if len(queries) == 1 {
		rows, err := s.pool.Query(ctx, queries[0].sql, queries[0].args...)
		if err == nil {
			err = queries[0].read(ctx, rows)
		}
		if err != nil {
			return 0, classify(ctx, err)
		}
		return 1, nil
	}
	var batch pgx.Batch
	for _, q := range queries {
		batch.Queue(q.sql, q.args...)
	}
	results := s.pool.SendBatch(ctx, &batch)
	defer func() { _ = results.Close() }() // returns the connection, even if a reader panics
	for done, q := range queries {
		rows, err := results.Query()
		if err == nil {
			err = q.read(ctx, rows)
		}
		if err != nil {
			return done, classify(ctx, err)
		}
	}
	return len(queries), classify(ctx, results.Close())
}
