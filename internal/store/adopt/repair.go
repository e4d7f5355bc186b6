package adopt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// repairBatch is how many users one transaction of repairCounts recounts. Writers to these users wait for it.
	repairBatch = 200
	// repairPatience is how long it waits for a row that another session is inserting. Rows that are locked it leaves for later.
	repairPatience = "100ms"
	// repairPause is the wait between two rounds over the users that were locked.
	repairPause = 100 * time.Millisecond
)

// repairCounts makes the counts in schema equal to the rows and returns how many users it repaired. installCounting has been called and
// committed: from then on a count that is right stays right. It goes over the users whose counts differ in batches, each a
// transaction, and comes back to rows that another session had locked, until ctx ends. progress, unless nil, is told how
// many of the users found are done. What was repaired before an error stays repaired.
func repairCounts(ctx context.Context, conn *pgx.Conn, schema string, progress func(done, total int64)) (repaired int64, err error) {
	var statements struct{ stage, lock, make, recount string }
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		c, err := readCounting(ctx, tx, schema)
		if err != nil {
			return err
		}
		for name, text := range map[string]*string{
			"repair_stage": &statements.stage, "repair_lock": &statements.lock, "repair_make": &statements.make, "repair_recount": &statements.recount,
		} {
			if *text, err = render(name, c); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, statements.stage, pgx.QueryExecModeSimpleProtocol)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find the counts that differ: %w", err)
	}
	r := repair{conn: conn, lock: statements.lock, make: statements.make, recount: statements.recount}
	var total, done int64
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_temp.followgraph_drifts").Scan(&total); err != nil {
		return 0, fmt.Errorf("count the counts that differ: %w", err)
	}
	for last := ""; done < total; {
		if progress != nil {
			progress(done, total)
		}
		batch, err := r.next(ctx, last)
		repaired, done, last = repaired+batch.changed, done+batch.done, batch.last
		if err != nil {
			return repaired, fmt.Errorf("the repair stopped at count %d of %d, run it again to complete it: %w", done, total, err)
		}
		if batch.taken < repairBatch { // the end of a round
			last = ""
			if done < total {
				select {
				case <-ctx.Done():
					return repaired, fmt.Errorf("the counts of %d users are locked by others: %w", total-done, ctx.Err())
				case <-time.After(repairPause):
				}
			}
		}
	}
	if progress != nil {
		progress(done, total)
	}
	_, err = conn.Exec(ctx, "DROP TABLE pg_temp.followgraph_drifts")
	return repaired, err
}

// repair is the work of repairCounts, by its statements.
type repair struct {
	conn                *pgx.Conn
	lock, make, recount string
}

// repairBatchResult is what became of a batch: how many users it took off the round and off the stage, and how many counts changed.
type repairBatchResult struct {
	taken, done, changed int64
	last                 string
}

// next repairs the next users behind last. Their rows are locked first, and counted in a statement whose snapshot is younger than the
// locks: see the comment of settle_notes in sql/trigger_counts.sql.
func (r repair) next(ctx context.Context, last string) (batch repairBatchResult, err error) {
	batch.last = last
	// Read committed, whatever the database's default: every statement needs a snapshot of its own.
	err = pgx.BeginTxFunc(ctx, r.conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('followgraph.writer', 'own', true), set_config('lock_timeout', $1, true), set_config('timezone', 'UTC', true)`, repairPatience); err != nil {
			return err
		}
		var locked, missing []string
		if err := tx.QueryRow(ctx, r.lock, repairBatch, last).Scan(&batch.taken, &batch.last, &locked, &missing); err != nil {
			return err
		}
		made, err := r.makeRows(ctx, tx, missing)
		if err != nil {
			return err
		}
		locked = append(locked, made...)
		if len(locked) == 0 {
			return nil
		}
		batch.done = int64(len(locked))
		return tx.QueryRow(ctx, r.recount, locked).Scan(&batch.changed)
	})
	if err != nil {
		batch.done, batch.changed = 0, 0
		var server *pgconn.PgError
		if errors.As(err, &server) && (server.Code == "55P03" || server.Code == "40P01") { // to be tried again in the next round
			return batch, nil
		}
	}
	return batch, err
}

// makeRows makes rows that are missing, and returns the ids of those that it made, which are locked by that.
func (r repair) makeRows(ctx context.Context, tx pgx.Tx, missing []string) ([]string, error) {
	if len(missing) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, r.make, missing)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
