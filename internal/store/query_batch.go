package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/limit"
)

// query is a statement with its arguments, and a function that reads its rows and closes them. If the statement fails,
// the function may be called again for the rows of a second attempt, and forgets those of the first one.
type query struct {
	sql  string
	args []any
	read func(context.Context, pgx.Rows) error
}

// reads are the reads of the public graph from one server. run sends their statements to it, as [Store.run] does, and the
// error is classified.
type reads struct {
	run           func(ctx context.Context, queries []query) (done int, err error)
	allUsers      limit.Mutex // held while a page is read from all users; one for each server
	search        searchLimits
	followersWalk int32 // see maxFollowersWalk
}

// run sends queries together on one connection and reads their rows in order, so they take one round trip. The error is
// that of the first failed query. done is the number of queries before it. A failed query, and those after it, run once
// more if readTwice does that.
func (s *Store) run(ctx context.Context, queries []query) (done int, err error) {
	err = s.readTwice(ctx, func() error {
		now, err := s.runOnce(ctx, queries[done:])
		done += now
		return err
	})
	return done, classify(ctx, err)
}

// runOnce is run without a second attempt and without a classified error.
func (s *Store) runOnce(ctx context.Context, queries []query) (done int, err error) {
	if len(queries) == 1 {
		rows, err := s.pool.Query(ctx, queries[0].sql, queries[0].args...)
		if err == nil {
			err = queries[0].read(ctx, rows)
		}
		if err != nil {
			return 0, err
		}
		return 1, nil
	}
	var batch pgx.Batch
	for _, q := range queries {
		batch.Queue(q.sql, q.args...)
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	results := conn.SendBatch(ctx, &batch)
	defer func() { _ = results.Close() }() // before the connection is returned, even if a reader panics
	for done, q := range queries {
		rows, err := results.Query()
		if err == nil {
			err = q.read(ctx, rows)
		}
		if err != nil {
			return done, err
		}
	}
	return len(queries), results.Close()
}
