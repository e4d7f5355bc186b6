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

// rebuildChunk is the number of counts that one transaction repairs. Writers to these users wait for that transaction.
// Counting a user with a million followers takes a tenth of a second.
const rebuildChunk = 200

// RebuildStats repairs all counts that differ from the rows, beside live writers, and returns how many it repaired.
// progress, if not nil, receives the number of completed drifts. Repairs before an error remain.
func (s *Store) RebuildStats(ctx context.Context, progress func(done, total int64)) (repaired int64, err error) {
	j, err := s.startJob(ctx)
	if err != nil {
		return 0, err
	}
	defer j.close(ctx)

	// Writers preserve correct counts, so only counts that are wrong now need a repair.
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
// The result is exact for the following reason. A writer changes a follow and both its counts in one transaction, and
// cannot commit without locking each row of counts. While recount holds these locks, a transaction on one of these
// users is in one of two states. Either it committed before recount got the locks: then the next statement, whose
// snapshot is taken later, counts its follow. Or it waits for recount: then its follow is invisible to that statement,
// and its own +1 or -1 is applied to the new count. Locking and counting in one statement would be wrong, because the
// snapshot would be older than the locks. A missing row of counts is created first, because otherwise there would be
// nothing to lock.
func (j *job) recount(ctx context.Context, from, to int64) (repaired int64, err error) {
	// Read committed, whatever the database's default: every statement needs its own snapshot.
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
