package adopt

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed sql/trigger_counts.sql sql/trigger_accounts.sql sql/repair_*.sql
var countingFiles embed.FS

var countingTemplates = template.Must(template.ParseFS(countingFiles, "sql/*.sql"))

// counting is what the templates of counting are rendered with.
type counting struct {
	Schema           string // quoted
	StatsUpdatedAt   bool   // whether user_follow_stats has this column; the next three as well
	DeletedAt        bool
	FollowsCreatedAt bool // of user_follows
	TokenVersion     bool // of users
	Filled           []filledColumn
	TeamTrigger      bool // whether user_follows has a trigger for each row that is not this program's
	unique           bool // whether user_follow_stats has a unique index on user_id alone
}

// filledColumn is a column of users that is never null, and what it is where a program writes null.
type filledColumn struct{ Name, Default string }

// columnDefaults are the expressions for columns of users that are filled; times are in UTC, whatever the column's type.
var columnDefaults = []filledColumn{
	{"cognito_id", "'local-' || gen_random_uuid()"},
	{"role", "'END_USER'"},
	{"created_at", "now()"},
	{"updated_at", "now()"},
}

// readCounting reads from the catalog which of the columns there are in a schema.
func readCounting(ctx context.Context, tx pgx.Tx, schema string) (counting, error) {
	c := counting{Schema: pgx.Identifier{schema}.Sanitize()}
	rows, err := tx.Query(ctx, `
		SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = $1::text::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
			AND c.relname IN ('users', 'user_follows', 'user_follow_stats')`, c.Schema)
	if err != nil {
		return c, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return c, err
	}
	has := make(map[string]bool, len(names))
	for _, name := range names {
		has[name] = true
	}
	c.StatsUpdatedAt, c.DeletedAt = has["user_follow_stats.updated_at"], has["user_follow_stats.deleted_at"]
	c.FollowsCreatedAt, c.TokenVersion = has["user_follows.created_at"], has["users.token_version"]
	for _, column := range columnDefaults {
		if has["users."+column.Name] {
			c.Filled = append(c.Filled, column)
		}
	}
	err = tx.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
			WHERE i.indrelid = to_regclass($1 || '.user_follow_stats') AND i.indisunique AND i.indisvalid AND i.indimmediate
				AND i.indnkeyatts = 1 AND i.indpred IS NULL AND a.attname = 'user_id')`, c.Schema).Scan(&c.unique)
	if err != nil {
		return c, err
	}
	err = tx.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
			WHERE t.tgrelid = to_regclass($1 || '.user_follows') AND NOT t.tgisinternal AND t.tgtype & 1 = 1
				AND p.pronamespace IS DISTINCT FROM to_regnamespace('followgraph_adoption'))`, c.Schema).Scan(&c.TeamTrigger)
	return c, err
}

func render(name string, c counting) (string, error) {
	var text strings.Builder
	if err := countingTemplates.ExecuteTemplate(&text, name+".sql", c); err != nil {
		return "", err
	}
	return text.String(), nil
}

// install renders a template and runs it, in the adoption's schema, which it makes if there is none.
func install(ctx context.Context, tx pgx.Tx, name string, c counting) error {
	script, err := render(name, c)
	if err != nil {
		return err
	}
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT to_regnamespace('followgraph_adoption') IS NOT NULL`).Scan(&exists); err != nil {
		return err
	}
	if !exists { // IF NOT EXISTS would ask for the right to make it also where it is there
		script = "CREATE SCHEMA followgraph_adoption;\n" + script
	}
	_, err = tx.Exec(ctx, script, pgx.QueryExecModeSimpleProtocol)
	return err
}

// installCounting has the database keep the counts of user_follow_stats in schema, whatever program writes follows. It may be called again, and
// is to be called again where other tables come under the names of user_follows and user_follow_stats: functions name the
// tables, triggers belong to them. The caller has locked both tables in SHARE ROW EXCLUSIVE mode at least, so that no
// transaction under way has written follows without a trigger or has notes that are not settled.
//
// Counts that are wrong stay so until repairCounts repairs them. It is an error if user_follow_stats has no unique index on user_id.
func installCounting(ctx context.Context, tx pgx.Tx, schema string) error {
	c, err := readCounting(ctx, tx, schema)
	if err != nil {
		return fmt.Errorf("read the columns of counts: %w", err)
	}
	if !c.unique {
		return fmt.Errorf("table %s.user_follow_stats has no unique index on user_id: make one first", c.Schema)
	}
	if err := install(ctx, tx, "trigger_counts", c); err != nil {
		return fmt.Errorf("install the triggers that count follows: %w", err)
	}
	return nil
}

// installAccounts has the database complete accounts that another program writes, and end an account's tokens where that
// program changes the password, as far as users has the columns by now. It may be called again, and is to be called again
// where columns came or went. The caller has locked users in SHARE ROW EXCLUSIVE mode at least.
func installAccounts(ctx context.Context, tx pgx.Tx, schema string) error {
	c, err := readCounting(ctx, tx, schema)
	if err != nil {
		return fmt.Errorf("read the columns of accounts: %w", err)
	}
	if err := removeFrom(ctx, tx, schema, "users"); err != nil {
		return err
	}
	if err := install(ctx, tx, "trigger_accounts", c); err != nil {
		return fmt.Errorf("install the triggers on accounts: %w", err)
	}
	return nil
}

// removeTriggers removes the triggers of installCounting and installAccounts from the tables in schema. Their functions stay, for
// tables of another schema or for the next time; they go with the schema followgraph_adoption. The caller has locked the
// tables in ACCESS EXCLUSIVE mode.
func removeTriggers(ctx context.Context, tx pgx.Tx, schema string) error {
	for _, table := range []string{"users", "user_follows", "user_follow_stats"} {
		if err := removeFrom(ctx, tx, schema, table); err != nil {
			return err
		}
	}
	return nil
}

// removeFrom removes the triggers from one table, which may be missing.
func removeFrom(ctx context.Context, tx pgx.Tx, schema, table string) error {
	name := pgx.Identifier{schema, table}.Sanitize()
	rows, err := tx.Query(ctx, `
		SELECT t.tgname::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
		WHERE t.tgrelid = to_regclass($1) AND p.pronamespace = to_regnamespace('followgraph_adoption')
			AND p.proname = ANY ($2) ORDER BY 1`, name, triggerFunctions)
	if err != nil {
		return fmt.Errorf("find the triggers of %s: %w", name, err)
	}
	triggers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find the triggers of %s: %w", name, err)
	}
	for _, trigger := range triggers {
		if _, err := tx.Exec(ctx, fmt.Sprintf("DROP TRIGGER %s ON %s", pgx.Identifier{trigger}.Sanitize(), name)); err != nil {
			return fmt.Errorf("remove a trigger of %s: %w", name, err)
		}
	}
	return nil
}

// triggerFunctions are the functions that installCounting and installAccounts make triggers of.
var triggerFunctions = []string{
	"count_follows", "date_follow", "lock_ends", "lock_counts", "keep_counts", "note_counts", "complete_account", "end_tokens", "count_accounts",
}

// ForeignWriteCounts are how many statements of other programs have written, since counting was installed, rolled back ones included.
type ForeignWriteCounts struct {
	Follows   int64 // statements that inserted, deleted or changed follows
	Counts    int64 // statements on counts, which were ignored
	Users     int64 // statements on accounts
	Passwords int64 // passwords that were changed
}

// Querier is a connection, a pool of them or a transaction.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// ForeignWrites reads the counters of other programs' writes; installed tells whether there are any.
func ForeignWrites(ctx context.Context, db Querier) (counts ForeignWriteCounts, installed bool, err error) {
	if err := db.QueryRow(ctx, foreignInstalled).Scan(&installed); err != nil || !installed {
		return counts, false, err
	}
	err = db.QueryRow(ctx, foreignWrites).Scan(&counts.Follows, &counts.Counts, &counts.Users, &counts.Passwords)
	var server *pgconn.PgError
	if errors.As(err, &server) && (server.Code == "42P01" || server.Code == "3F000") { // finished between the two statements
		return ForeignWriteCounts{}, false, nil
	}
	return counts, err == nil, err
}

const (
	foreignInstalled = `SELECT to_regclass('followgraph_adoption.foreign_follows') IS NOT NULL AND to_regclass('followgraph_adoption.foreign_counts') IS NOT NULL`
	// A sequence that was never advanced has its first number as the last one.
	foreignWrites = `
		SELECT
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_follows),
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_counts),
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_users),
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM followgraph_adoption.foreign_passwords)`
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

// repairedBatch is what became of a batch: how many users it took off the round and off the stage, and how many counts changed.
type repairedBatch struct {
	taken, done, changed int64
	last                 string
}

// next repairs the next users behind last. Their rows are locked first, and counted in a statement whose snapshot is younger than the
// locks: see the comment of settle_notes in sql/trigger_counts.sql.
func (r repair) next(ctx context.Context, last string) (batch repairedBatch, err error) {
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
