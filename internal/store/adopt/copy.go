package adopt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// job copies one table into another one of a different form, beside writers:
//
//  1. A trigger writes the key of each row that changes into a log.
//  2. The rows are copied in the order of the key, chunk by chunk. Each chunk is a transaction that also notes how far it
//     came, so that a copy goes on where it was killed.
//  3. Rows whose keys are in the log are deleted from the copy and copied again as they are now, all from one snapshot:
//     then the copy equals the table as of that snapshot.
//  4. Indexes and constraints are made, which no longer meet rows of two different times.
//  5. The third step is repeated until a lock on the table lets it be done once for all.
type job struct {
	Table string `json:"table"` // one of the three
	From  string `json:"from"`  // schema
	To    string `json:"to"`    // schema
	Key   string `json:"key"`   // a column of both, unique in both
	Type  string `json:"type"`  // of the key in From, for a cast
	// Columns are those of the copy, and Values what they get: expressions over o, a row of From. followgraph_time is the
	// row's created_at, or that of its neighbor where it has none.
	Columns []string `json:"columns"`
	Values  []string `json:"values"`
	// Created is the expression over o for a good created_at, null where it is none. Empty where nothing has to be filled.
	Created string `json:"created"`
	Filter  string `json:"filter"` // rows that are copied; empty: all
	// Build are the statements that make indexes and constraints, each a transaction.
	Build []string `json:"build"`
	Rows  int64    `json:"rows"` // an estimate
}

func (j *job) from() string { return name(j.From, j.Table) }
func (j *job) to() string   { return name(j.To, j.Table) }

// log is the table of changed keys. A null key says that the table was truncated.
func (j *job) log() string { return name(Schema, "log_"+j.Table) }

// logTrigger is the name of the trigger that fills it. Triggers of one kind fire in the order of their names: this one
// sees what others have made of a row.
const logTrigger = "zz_followgraph_log"

// makeLog returns the statements that make log and function, which need no lock.
func (j *job) makeLog() []string {
	function := name(Schema, "log_"+j.Table)
	key := name(j.Key)
	return []string{
		`CREATE TABLE IF NOT EXISTS ` + j.log() + ` (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text)`,
		`CREATE OR REPLACE FUNCTION ` + function + `() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $log$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO ` + j.log() + ` (key) VALUES (NULL);
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO ` + j.log() + ` (key) VALUES (NEW.` + key + `);
  ELSIF TG_OP = 'DELETE' OR OLD.` + key + ` = NEW.` + key + ` THEN
    INSERT INTO ` + j.log() + ` (key) VALUES (OLD.` + key + `);
  ELSE
    INSERT INTO ` + j.log() + ` (key) VALUES (OLD.` + key + `), (NEW.` + key + `);
  END IF;
  RETURN NULL;
END $log$`,
		// It has the privileges of its owner, and is for the triggers of this table alone.
		`REVOKE ALL ON FUNCTION ` + function + `() FROM PUBLIC`,
	}
}

// makeTriggers returns the statements that have the table fill the log.
func (j *job) makeTriggers() []string {
	function := name(Schema, "log_"+j.Table)
	return append(j.dropTriggers(),
		`CREATE TRIGGER `+logTrigger+` AFTER INSERT OR UPDATE OR DELETE ON `+j.from()+` FOR EACH ROW EXECUTE FUNCTION `+function+`()`,
		`CREATE TRIGGER `+logTrigger+`_truncate AFTER TRUNCATE ON `+j.from()+` FOR EACH STATEMENT EXECUTE FUNCTION `+function+`()`,
		// Sessions that replicate, or load with session_replication_role = replica, fire no others.
		`ALTER TABLE `+j.from()+` ENABLE ALWAYS TRIGGER `+logTrigger+`, ENABLE ALWAYS TRIGGER `+logTrigger+`_truncate`)
}

func (j *job) dropTriggers() []string {
	return []string{
		`DROP TRIGGER IF EXISTS ` + logTrigger + ` ON ` + j.from(),
		`DROP TRIGGER IF EXISTS ` + logTrigger + `_truncate ON ` + j.from(),
	}
}

func (j *job) insert() string {
	quoted := make([]string, len(j.Columns))
	for i, column := range j.Columns {
		quoted[i] = name(column)
	}
	return `INSERT INTO ` + j.to() + ` (` + strings.Join(quoted, ", ") + `) OVERRIDING SYSTEM VALUE SELECT ` + strings.Join(j.Values, ", ") + ` FROM `
}

func (j *job) where() string {
	if j.Filter == "" {
		return ""
	}
	return " WHERE " + j.Filter
}

// chunk returns the statement that copies the next rows, after the key last unless that is nil. A row without a time gets
// that of the last one before it that has one: within the chunk, else time.
func (j *job) chunk(rows int64, last, time *string) (sql string, arguments []any) {
	argument := func(value any) string {
		arguments = append(arguments, value)
		return fmt.Sprintf("$%d", len(arguments))
	}
	key := name(j.Key)
	condition := ""
	if last != nil {
		condition = ` WHERE o.` + key + ` > ` + argument(*last) + `::text::` + j.Type
	}
	good, filled := "", ""
	if j.Created != "" {
		good = `, ` + j.Created + ` AS followgraph_good`
		filled = `, island AS (
			SELECT *, count(followgraph_good) OVER (ORDER BY ` + key + `) AS followgraph_island FROM chunk
		), o AS (
			SELECT *, coalesce(first_value(followgraph_good) OVER (PARTITION BY followgraph_island ORDER BY ` + key + `), ` + argument(time) + `::text::timestamptz) AS followgraph_time
			FROM island
		)`
	} else {
		filled = `, o AS (SELECT * FROM chunk)`
	}
	return `WITH chunk AS MATERIALIZED (
			SELECT o.*` + good + ` FROM ` + j.from() + ` AS o` + condition + ` ORDER BY o.` + key + ` LIMIT ` + argument(rows) + `
		)` + filled + `, copied AS (
			` + j.insert() + `o` + j.where() + `
		)
		SELECT count(*), max(` + key + `)::text FROM chunk`, arguments
}

// keysSQL copies the rows with the keys $1. A row without a time gets that of the copy's row before it, else after it.
func (j *job) keysSQL() string {
	if j.Created == "" {
		return j.insert() + `(SELECT o.* FROM ` + j.from() + ` AS o WHERE o.` + name(j.Key) + ` = ANY ($1::text[]::` + j.Type + `[])) AS o` + j.where()
	}
	key := name(j.Key)
	return j.insert() + `(SELECT o.*, coalesce(` + j.Created + `,
			(SELECT t.created_at FROM ` + j.to() + ` AS t WHERE t.` + key + ` < o.` + key + ` ORDER BY t.` + key + ` DESC LIMIT 1),
			(SELECT t.created_at FROM ` + j.to() + ` AS t WHERE t.` + key + ` > o.` + key + ` ORDER BY t.` + key + ` LIMIT 1)) AS followgraph_time
		FROM ` + j.from() + ` AS o WHERE o.` + key + ` = ANY ($1::text[]::` + j.Type + `[])) AS o` + j.where()
}

// Bounds of a chunk, in rows, and how long one should take: its statement reads and writes, and shares the machine with
// the service.
const (
	firstChunk   = 5_000
	smallChunk   = 500
	largeChunk   = 50_000
	chunkTime    = 200 * time.Millisecond
	catchUpBatch = 10_000
	fewChanges   = 100 // that a locked catch-up may leave to itself
)

// run brings a copy up to date, from wherever it is.
func (m *mover) run(ctx context.Context, j *job) error {
	if err := m.copyRows(ctx, j); err != nil {
		return err
	}
	for {
		if err := m.catchUp(ctx, j, 0); err != nil {
			return err
		}
		// A truncation had it begin again.
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
		return false, fmt.Errorf("read how far the copy of %s is: %w", j.Table, err)
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
			return fmt.Errorf("read how far the copy of %s is: %w", j.Table, err)
		}
		if copied {
			return nil
		}
		began := time.Now()
		err = m.do(ctx, func(tx pgx.Tx) error { return j.copyChunk(ctx, tx, rows, last) })
		if err != nil {
			return fmt.Errorf("copy %s: %w", j.Table, err)
		}
		m.progress(Progress{What: "copying " + j.Table, Rows: total, Total: j.Rows})
		took := time.Since(began)
		rows = min(max(int64(float64(rows)*min(2, float64(chunkTime)/float64(took))), smallChunk), largeChunk)
	}
}

func (j *job) copyChunk(ctx context.Context, tx pgx.Tx, rows int64, last *string) error {
	var (
		time  *string
		err   error
		count int64
		key   *string
	)
	if j.Created != "" {
		time, err = j.timeBefore(ctx, tx, last)
		if err != nil {
			return err
		}
	}
	sql, arguments := j.chunk(rows, last, time)
	if err := tx.QueryRow(ctx, sql, arguments...).Scan(&count, &key); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE followgraph_adoption.copies SET last_key = coalesce($2::text, last_key), rows = rows + $3::bigint, copied = $4::boolean WHERE name = $1::text`,
		j.Table, key, count, count < rows)
	return err
}

// timeBefore returns the time for rows that have none at the beginning of a chunk: the one of the copy's last row, else
// the first one that any row has. The copy has a time in every row.
func (j *job) timeBefore(ctx context.Context, tx pgx.Tx, last *string) (*string, error) {
	key := name(j.Key)
	var found *string
	if last != nil {
		err := tx.QueryRow(ctx, `SELECT created_at::text FROM `+j.to()+` WHERE `+key+` <= $1::text::`+j.Type+` ORDER BY `+key+` DESC LIMIT 1`, *last).Scan(&found)
		if err == nil || !errors.Is(err, pgx.ErrNoRows) {
			return found, err
		}
	}
	err := tx.QueryRow(ctx, `SELECT (`+j.Created+`)::text FROM `+j.from()+` AS o WHERE `+j.Created+` IS NOT NULL ORDER BY o.`+key+` LIMIT 1`).Scan(&found)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return found, err
}

// catchUp copies what has changed until at most that many changes are left.
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
			// Two rows have exchanged a unique value, and this batch has only one of them.
			limit = everything
			continue
		case err != nil:
			return fmt.Errorf("catch up with %s: %w", j.Table, err)
		case taken <= few || taken < limit && few == 0:
			return nil
		}
	}
}

// everything is the limit of a batch without one.
const everything = int64(1) << 62

// errTruncated says that the table was truncated.
var errTruncated = errors.New("the table was truncated")

// apply copies again what the log names, up to limit changes, and returns how many these were.
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
	if _, err := tx.Exec(ctx, `DELETE FROM `+j.to()+` WHERE `+name(j.Key)+` = ANY ($1::text[]::`+j.Type+`[])`, keys); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, j.keysSQL(), keys)
	return taken, err
}

// restart has the copy begin again: what was committed until now is read again, whatever the log says of it.
func (j *job) restart(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM `+j.log()); err != nil {
		return err
	}
	return script(ctx, tx, `TRUNCATE `+j.to(),
		`UPDATE followgraph_adoption.copies SET last_key = NULL, rows = 0, copied = false WHERE name = `+literal(j.Table))
}

// build makes indexes and constraints. The locks that this takes are on the copy, which nothing uses yet.
func (m *mover) build(ctx context.Context, j *job) error {
	var built int
	if err := m.conn.QueryRow(ctx, `SELECT built FROM followgraph_adoption.copies WHERE name = $1::text`, j.Table).Scan(&built); err != nil {
		return fmt.Errorf("read how far the copy of %s is: %w", j.Table, err)
	}
	for i, statement := range j.Build {
		if i < built {
			continue
		}
		m.progress(Progress{What: fmt.Sprintf("building indexes of %s, %d of %d", j.Table, i+1, len(j.Build))})
		err := m.do(ctx, func(tx pgx.Tx) error {
			return script(ctx, tx, statement, `UPDATE followgraph_adoption.copies SET built = `+fmt.Sprint(i+1)+` WHERE name = `+literal(j.Table))
		})
		if err != nil {
			return fmt.Errorf("complete the copy of %s: %w", j.Table, err)
		}
	}
	if built > len(j.Build) {
		return nil
	}
	// Statistics for the planner, and the visibility map for scans of indexes alone.
	if _, err := m.conn.Exec(ctx, `VACUUM (ANALYZE) `+j.to()); err != nil {
		return fmt.Errorf("analyze the copy of %s: %w", j.Table, err)
	}
	_, err := m.conn.Exec(ctx, `UPDATE followgraph_adoption.copies SET built = $2::integer WHERE name = $1::text`, j.Table, len(j.Build)+1)
	return err
}
