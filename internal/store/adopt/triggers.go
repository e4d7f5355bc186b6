package adopt

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/jackc/pgx/v5"
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
