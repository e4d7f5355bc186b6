package adopt

import (
	"fmt"
	"strings"
)

// job copies one table into another table of a different form while others write:
//
//  1. A trigger writes the key of each changed row into a log.
//  2. The rows are copied in the order of the key, chunk by chunk. Each chunk is a transaction that also stores the
//     progress, so that an interrupted copy continues there.
//  3. Rows whose keys are in the log are deleted from the copy and copied again, from one snapshot. After that the copy
//     equals the table as of that snapshot.
//  4. Indexes and constraints are created. They would fail earlier, on rows copied at different times.
//  5. Step 3 is repeated until the last repetition runs under a lock on the table.
type job struct {
	Table string `json:"table"` // one of the three
	From  string `json:"from"`  // schema
	To    string `json:"to"`    // schema
	Key   string `json:"key"`   // a column of both tables, unique in both
	Type  string `json:"type"`  // of the key in From, for a cast
	// Columns are columns of the copy, and Values their expressions over o, a row of From. o.followgraph_time is the row's
	// created_at, or that of a neighboring row if it has none.
	Columns []string `json:"columns"`
	Values  []string `json:"values"`
	// Created is the expression over o for created_at, null if the time is missing or out of range. Empty: the table needs
	// no replacement of times.
	Created string `json:"created"`
	Filter  string `json:"filter"` // condition over o for the rows to copy; empty: all
	// Build are the statements that create indexes and constraints. Each runs in its own transaction.
	Build []string `json:"build"`
	Rows  int64    `json:"rows"` // an estimate
}

func (j *job) from() string { return qualified(j.From, j.Table) }
func (j *job) to() string   { return qualified(j.To, j.Table) }

// log returns the name of the table of changed keys. A null key means that the table was truncated.
func (j *job) log() string { return qualified(Schema, "log_"+j.Table) }

// logTrigger is the name of the trigger that fills the log. PostgreSQL fires triggers of one kind in the order of their
// names, so this one runs last and sees the final row.
const logTrigger = "zz_followgraph_log"

// makeLog returns the statements that create the log and its function. They need no lock on the table.
func (j *job) makeLog() []string {
	function := qualified(Schema, "log_"+j.Table)
	key := qualified(j.Key)
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
		// The function runs with the privileges of its owner. Only the triggers of this table may use it.
		`REVOKE ALL ON FUNCTION ` + function + `() FROM PUBLIC`,
	}
}

// makeTriggers returns the statements that create the triggers which fill the log.
func (j *job) makeTriggers() []string {
	function := qualified(Schema, "log_"+j.Table)
	return append(j.dropTriggers(),
		`CREATE TRIGGER `+logTrigger+` AFTER INSERT OR UPDATE OR DELETE ON `+j.from()+` FOR EACH ROW EXECUTE FUNCTION `+function+`()`,
		`CREATE TRIGGER `+logTrigger+`_truncate AFTER TRUNCATE ON `+j.from()+` FOR EACH STATEMENT EXECUTE FUNCTION `+function+`()`,
		// ALWAYS, because sessions with session_replication_role = replica fire no other triggers.
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
		quoted[i] = qualified(column)
	}
	return `INSERT INTO ` + j.to() + ` (` + strings.Join(quoted, ", ") + `) OVERRIDING SYSTEM VALUE SELECT ` + strings.Join(j.Values, ", ") + ` FROM `
}

func (j *job) where() string {
	if j.Filter == "" {
		return ""
	}
	return " WHERE " + j.Filter
}

// chunk returns the statement that copies the next rows: those after the key last, or the first rows if last is nil. A
// row without a time gets the time of the nearest row before it in the chunk that has one, else created.
func (j *job) chunk(rows int64, last, created *string) (sql string, arguments []any) {
	argument := func(value any) string {
		arguments = append(arguments, value)
		return fmt.Sprintf("$%d", len(arguments))
	}
	key := qualified(j.Key)
	condition := ""
	if last != nil {
		condition = ` WHERE o.` + key + ` > ` + argument(*last) + `::text::` + j.Type
	}
	createdColumn, rowsWithTimes := "", `, o AS (SELECT * FROM chunk)`
	if j.Created != "" {
		createdColumn = `, ` + j.Created + ` AS followgraph_good`
		rowsWithTimes = `, island AS (
			SELECT *, count(followgraph_good) OVER (ORDER BY ` + key + `) AS followgraph_island FROM chunk
		), o AS (
			SELECT *, coalesce(first_value(followgraph_good) OVER (PARTITION BY followgraph_island ORDER BY ` + key + `), ` + argument(created) + `::text::timestamptz) AS followgraph_time
			FROM island
		)`
	}
	return `WITH chunk AS MATERIALIZED (
			SELECT o.*` + createdColumn + ` FROM ` + j.from() + ` AS o` + condition + ` ORDER BY o.` + key + ` LIMIT ` + argument(rows) + `
		)` + rowsWithTimes + `, copied AS (
			` + j.insert() + `o` + j.where() + `
		)
		SELECT count(*), max(` + key + `)::text FROM chunk`, arguments
}

// keysSQL returns the statement that copies the rows with the keys $1. A row without a time gets the time of the copy's
// previous row, else of the next one.
func (j *job) keysSQL() string {
	if j.Created == "" {
		return j.insert() + `(SELECT o.* FROM ` + j.from() + ` AS o WHERE o.` + qualified(j.Key) + ` = ANY ($1::text[]::` + j.Type + `[])) AS o` + j.where()
	}
	key := qualified(j.Key)
	return j.insert() + `(SELECT o.*, coalesce(` + j.Created + `,
			(SELECT t.created_at FROM ` + j.to() + ` AS t WHERE t.` + key + ` < o.` + key + ` ORDER BY t.` + key + ` DESC LIMIT 1),
			(SELECT t.created_at FROM ` + j.to() + ` AS t WHERE t.` + key + ` > o.` + key + ` ORDER BY t.` + key + ` LIMIT 1)) AS followgraph_time
		FROM ` + j.from() + ` AS o WHERE o.` + key + ` = ANY ($1::text[]::` + j.Type + `[])) AS o` + j.where()
}
