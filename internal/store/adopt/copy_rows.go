package adopt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Sizes of a chunk in rows, and the target duration of a chunk. Chunks are short because they share the machine with
// the service.
const (
	firstChunk    = 5_000
	smallestChunk = 500
	largestChunk  = 50_000
	chunkTime     = 200 * time.Millisecond
	catchUpBatch  = 10_000
	fewChanges    = 100 // few enough for the catch-up under the lock
)

// run continues a copy from its current progress and brings it up to date.
func (m *mover) run(ctx context.Context, j *job) error {
	if err := m.copyRows(ctx, j); err != nil {
		return err
	}
	for {
		if err := m.catchUp(ctx, j, 0); err != nil {
			return err
		}
		// If the table was truncated, the copy starts from the beginning.
		if copied, err := m.copied(ctx, j); err != nil || !copied {
			if err == nil {
				err = m.copyRows(ctx, j)
			}
			if err != nil {
				return err
			}
			continue
		}
		break
	}
	if err := m.build(ctx, j); err != nil {
		return err
	}
	return m.catchUp(ctx, j, fewChanges)
}

func (m *mover) copied(ctx context.Context, j *job) (copied bool, err error) {
	if err := m.conn.QueryRow(ctx, `SELECT copied FROM followgraph_adoption.copies WHERE name = $1::text`, j.Table).Scan(&copied); err != nil {
		return false, fmt.Errorf("read the progress of the copy of %s: %w", j.Table, err)
	}
	return copied, nil
}

func (m *mover) copyRows(ctx context.Context, j *job) error {
	rows, total := int64(firstChunk), int64(0)
	for {
		var (
			last   *string
			copied bool
		)
		err := m.conn.QueryRow(ctx, `SELECT last_key, copied, rows FROM followgraph_adoption.copies WHERE name = $1::text`, j.Table).Scan(&last, &copied, &total)
		if err != nil {
			return fmt.Errorf("read the progress of the copy of %s: %w", j.Table, err)
		}
		if copied {
			return nil
		}
		began := time.Now()
		err = m.inTransaction(ctx, func(tx pgx.Tx) error { return j.copyChunk(ctx, tx, rows, last) })
		if err != nil {
			return fmt.Errorf("copy %s: %w", j.Table, err)
		}
		m.progress(Progress{What: "copying " + j.Table, Rows: total, Total: j.Rows})
		took := time.Since(began)
		rows = min(max(int64(float64(rows)*min(2, float64(chunkTime)/float64(took))), smallestChunk), largestChunk)
	}
}

func (j *job) copyChunk(ctx context.Context, tx pgx.Tx, rows int64, last *string) error {
	var (
		created *string
		err     error
		count   int64
		key     *string
	)
	if j.Created != "" {
		created, err = j.timeBefore(ctx, tx, last)
		if err != nil {
			return err
		}
	}
	sql, arguments := j.chunk(rows, last, created)
	if err := tx.QueryRow(ctx, sql, arguments...).Scan(&count, &key); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE followgraph_adoption.copies SET last_key = coalesce($2::text, last_key), rows = rows + $3::bigint, copied = $4::boolean WHERE name = $1::text`,
		j.Table, key, count, count < rows)
	return err
}

// timeBefore returns the time for rows without one at the start of a chunk: that of the copy's last row, else the first
// time in the table. Every row of the copy has a time.
func (j *job) timeBefore(ctx context.Context, tx pgx.Tx, last *string) (*string, error) {
	key := qualified(j.Key)
	var created *string
	if last != nil {
		err := tx.QueryRow(ctx, `SELECT created_at::text FROM `+j.to()+` WHERE `+key+` <= $1::text::`+j.Type+` ORDER BY `+key+` DESC LIMIT 1`, *last).Scan(&created)
		if err == nil || !errors.Is(err, pgx.ErrNoRows) {
			return created, err
		}
	}
	err := tx.QueryRow(ctx, `SELECT (`+j.Created+`)::text FROM `+j.from()+` AS o WHERE `+j.Created+` IS NOT NULL ORDER BY o.`+key+` LIMIT 1`).Scan(&created)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return created, err
}

// catchUp copies changed rows until at most few changes are left.
func (m *mover) catchUp(ctx context.Context, j *job, few int64) error {
	limit := int64(catchUpBatch)
	for {
		var taken int64
		err := pgx.BeginTxFunc(ctx, m.conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL search_path = pg_catalog`); err != nil {
				return err
			}
			var err error
			taken, err = j.apply(ctx, tx, limit)
			if errors.Is(err, errTruncated) {
				return j.restart(ctx, tx)
			}
			return err
		})
		var server *pgconn.PgError
		switch {
		case errors.As(err, &server) && server.Code == "23505" && limit != everything:
			// Two rows have swapped a unique value, and this batch contains only one of them.
			limit = everything
			continue
		case err != nil:
			return fmt.Errorf("catch up with %s: %w", j.Table, err)
		case taken <= few || taken < limit && few == 0:
			return nil
		}
	}
}

// everything is the limit of an unlimited batch.
const everything = int64(1) << 62

// errTruncated is returned if the log contains a truncation of the table.
var errTruncated = errors.New("the table was truncated")

// apply copies again the rows of up to limit changes in the log, and returns the number of changes.
func (j *job) apply(ctx context.Context, tx pgx.Tx, limit int64) (int64, error) {
	var (
		taken     int64
		truncated bool
		keys      []string
	)
	err := tx.QueryRow(ctx, `WITH gone AS (
			DELETE FROM `+j.log()+` WHERE n IN (SELECT n FROM `+j.log()+` ORDER BY n LIMIT $1) RETURNING key
		) SELECT count(*), coalesce(bool_or(key IS NULL), false), coalesce(array_agg(DISTINCT key) FILTER (WHERE key IS NOT NULL), '{}') FROM gone`,
		limit).Scan(&taken, &truncated, &keys)
	if err != nil || taken == 0 {
		return 0, err
	}
	if truncated {
		return taken, errTruncated
	}
	if _, err := tx.Exec(ctx, `DELETE FROM `+j.to()+` WHERE `+qualified(j.Key)+` = ANY ($1::text[]::`+j.Type+`[])`, keys); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, j.keysSQL(), keys)
	return taken, err
}

// restart empties the copy and the log. The copy starts from the beginning, and reads all that is committed by then.
func (j *job) restart(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM `+j.log()); err != nil {
		return err
	}
	return script(ctx, tx, `TRUNCATE `+j.to(),
		`UPDATE followgraph_adoption.copies SET last_key = NULL, rows = 0, copied = false WHERE name = `+literal(j.Table))
}

// build creates indexes and constraints. It locks only the copy, which no other session uses yet.
func (m *mover) build(ctx context.Context, j *job) error {
	var built int
	if err := m.conn.QueryRow(ctx, `SELECT built FROM followgraph_adoption.copies WHERE name = $1::text`, j.Table).Scan(&built); err != nil {
		return fmt.Errorf("read the progress of the copy of %s: %w", j.Table, err)
	}
	for i, statement := range j.Build {
		if i < built {
			continue
		}
		m.progress(Progress{What: fmt.Sprintf("building indexes of %s, %d of %d", j.Table, i+1, len(j.Build))})
		err := m.inTransaction(ctx, func(tx pgx.Tx) error {
			return script(ctx, tx, statement, `UPDATE followgraph_adoption.copies SET built = `+fmt.Sprint(i+1)+` WHERE name = `+literal(j.Table))
		})
		if err != nil {
			return fmt.Errorf("complete the copy of %s: %w", j.Table, err)
		}
	}
	if built > len(j.Build) {
		return nil
	}
	// VACUUM sets the visibility map for index-only scans; ANALYZE gives the planner statistics.
	if _, err := m.conn.Exec(ctx, `VACUUM (ANALYZE) `+j.to()); err != nil {
		return fmt.Errorf("analyze the copy of %s: %w", j.Table, err)
	}
	_, err := m.conn.Exec(ctx, `UPDATE followgraph_adoption.copies SET built = $2::integer WHERE name = $1::text`, j.Table, len(j.Build)+1)
	return err
}
