package adopt

import (
	"fmt"
	"strings"
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

func (j *job) from() string { return qualified(j.From, j.Table) }
func (j *job) to() string   { return qualified(j.To, j.Table) }

// log is the table of changed keys. A null key says that the table was truncated.
func (j *job) log() string { return qualified(Schema, "log_"+j.Table) }

// logTrigger is the name of the trigger that fills it. Triggers of one kind fire in the order of their names: this one
// sees what others have made of a row.
const logTrigger = "zz_followgraph_log"

// makeLog returns the statements that make log and function, which need no lock.
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
		// It has the privileges of its owner, and is for the triggers of this table alone.
		`REVOKE ALL ON FUNCTION ` + function + `() FROM PUBLIC`,
	}
}

// makeTriggers returns the statements that have the table fill the log.
func (j *job) makeTriggers() []string {
	function := qualified(Schema, "log_"+j.Table)
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

// chunk returns the statement that copies the next rows, after the key last unless that is nil. A row without a time gets
// that of the last one before it that has one: within the chunk, else time.
func (j *job) chunk(rows int64, last, time *string) (sql string, arguments []any) {
	argument := func(value any) string {
		arguments = append(arguments, value)
		return fmt.Sprintf("$%d", len(arguments))
	}
	key := qualified(j.Key)
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
		return j.insert() + `(SELECT o.* FROM ` + j.from() + ` AS o WHERE o.` + qualified(j.Key) + ` = ANY ($1::text[]::` + j.Type + `[])) AS o` + j.where()
	}
	key := qualified(j.Key)
	return j.insert() + `(SELECT o.*, coalesce(` + j.Created + `,
			(SELECT t.created_at FROM ` + j.to() + ` AS t WHERE t.` + key + ` < o.` + key + ` ORDER BY t.` + key + ` DESC LIMIT 1),
			(SELECT t.created_at FROM ` + j.to() + ` AS t WHERE t.` + key + ` > o.` + key + ` ORDER BY t.` + key + ` LIMIT 1)) AS followgraph_time
		FROM ` + j.from() + ` AS o WHERE o.` + key + ` = ANY ($1::text[]::` + j.Type + `[])) AS o` + j.where()
}
