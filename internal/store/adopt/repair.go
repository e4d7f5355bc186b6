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
	// repairBatch is the number of users that one transaction of repairCounts recounts. Writers to these users wait for
	// it.
	repairBatch = 200
	// repairLockTimeout bounds the wait for a row that another session is inserting. Locked rows are skipped for a later
	// round.
	repairLockTimeout = "100ms"
	// repairPause is the wait between two rounds over the locked users.
	repairPause = 100 * time.Millisecond
)

// repairCounts makes the counts in a schema equal to the follows and returns the number of users repaired. The triggers
// of installCounting must be committed before: from then on, correct counts remain correct. It recounts the users whose
// counts differ in batches, one transaction each, and retries rows that other sessions had locked until ctx ends. If
// progress is not nil, it is called with the number of users done. Repairs before an error are kept.
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
			return repaired, fmt.Errorf("the repair stopped after %d of %d counts, run it again to complete it: %w", done, total, err)
		}
		if batch.taken < repairBatch { // the end of a round
			last = ""
			if done < total {
				select {
				case <-ctx.Done():
					return repaired, fmt.Errorf("the counts of %d users are locked by other sessions: %w", total-done, ctx.Err())
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

// repair holds the statements of repairCounts.
type repair struct {
	conn                *pgx.Conn
	lock, make, recount string
}

// repairBatchResult is the result of one batch.
type repairBatchResult struct {
	taken   int64 // users taken from the round
	done    int64 // users removed from the list of differences
	changed int64 // counts changed
	last    string
}

// next repairs the next users after last. It locks their rows, then counts in a statement with a later snapshot: see
// the comment of settle_notes in sql/trigger_counts.sql.
func (r repair) next(ctx context.Context, last string) (batch repairBatchResult, err error) {
	batch.last = last
	// At READ COMMITTED, whatever the database's default is, every statement has its own snapshot.
	err = pgx.BeginTxFunc(ctx, r.conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('followgraph.writer', 'own', true), set_config('lock_timeout', $1, true), set_config('timezone', 'UTC', true)`, repairLockTimeout); err != nil {
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
		if errors.As(err, &server) && (server.Code == "55P03" || server.Code == "40P01") { // the next round retries it
			return batch, nil
		}
	}
	return batch, err
}

// makeRows inserts missing rows and returns their ids. The insertion locks the rows.
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
