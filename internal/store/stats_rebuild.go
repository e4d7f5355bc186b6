package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

var (
	statsRebuildStage   = statement("stats_rebuild_stage", nil)
	statsRebuildTotal   = statement("stats_rebuild_total", nil)
	statsRebuildLock    = statement("stats_rebuild_lock", nil)
	statsRebuildRecount = statement("stats_rebuild_recount", nil)
)

// rebuildChunk is how many counts one transaction repairs. Writers to these users wait for it; a
// user with a million followers takes a tenth of a second to count.
const rebuildChunk = 200

// RebuildStats sets all counts that differ from the rows right, beside live writers, and returns how
// many it repaired. progress, unless nil, is told how many of the drifts found are done. What was
// repaired before an error stays repaired.
func (s *Store) RebuildStats(ctx context.Context, progress func(done, total int64)) (repaired int64, err error) {
	j, err := s.startJob(ctx)
	if err != nil {
		return 0, err
	}
	defer j.close(ctx)

	// Writers keep a count that is right right: only those that drifted by now need a repair.
	if err := j.script(ctx, statsRebuildStage); err != nil {
		return 0, err
	}
	var total int64
	if err := j.conn.QueryRow(ctx, statsRebuildTotal).Scan(&total); err != nil {
		return 0, classify(ctx, err)
	}
	repaired, done, err := j.chunks(ctx, total, rebuildChunk, j.recount, func(done int64) {
		if progress != nil {
			progress(done, total)
		}
	})
	if err != nil {
		return repaired, fmt.Errorf("the rebuild stopped at count %d of %d, run it again to complete it: %w", done, total, err)
	}
	return repaired, nil
}

// recount repairs the counts of the staged lines from (inclusive) to (exclusive).
//
// Why the result is exact: a writer changes a follow and both its counts in one transaction, and needs
// the lock on each row of counts to commit. While we hold these locks, a transaction on one of our users
// has either committed before we got them, and the statement behind, whose snapshot is taken after,
// counts its follow; or it waits for us, its follow is invisible to the count, and its own +1 or -1
// comes on top of what we set. Locking and counting in one statement would not do: its snapshot would
// be older than the locks. A missing row of counts is made first, because nothing else could be locked.
func (j *job) recount(ctx context.Context, from, to int64) (repaired int64, err error) {
	// Read committed, whatever the database's default: every statement needs a snapshot of its own.
	options := pgx.TxOptions{IsoLevel: pgx.ReadCommitted}
	err = pgx.BeginTxFunc(ctx, j.conn, options, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, statsRebuildLock, from, to); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, statsRebuildRecount, from, to)
		repaired = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return repaired, nil
}
