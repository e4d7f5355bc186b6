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

// counting are the parameters of the trigger templates.
type counting struct {
	Schema           string // quoted
	StatsUpdatedAt   bool   // user_follow_stats.updated_at exists
	DeletedAt        bool   // user_follow_stats.deleted_at exists
	FollowsCreatedAt bool   // user_follows.created_at exists
	TokenVersion     bool   // users.token_version exists
	Filled           []filledColumn
	TeamTrigger      bool // the team has a row trigger on user_follows
	unique           bool // user_follow_stats has a unique index on user_id only
}

// filledColumn is a column of users that must not be null, and the expression that replaces null.
type filledColumn struct{ Name, Default string }

// columnDefaults are the columns of users that the triggers fill. Times are in UTC, whatever the column's type.
var columnDefaults = []filledColumn{
	{"cognito_id", "'local-' || gen_random_uuid()"},
	{"role", "'END_USER'"},
	{"created_at", "now()"},
	{"updated_at", "now()"},
}

// readCounting reads the parameters of the templates from the catalog.
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

// install renders a template and runs it. It creates the adoption's schema if that does not exist.
func install(ctx context.Context, tx pgx.Tx, name string, c counting) error {
	script, err := render(name, c)
	if err != nil {
		return err
	}
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT to_regnamespace('followgraph_adoption') IS NOT NULL`).Scan(&exists); err != nil {
		return err
	}
	if !exists { // IF NOT EXISTS would require CREATE on the database even if the schema exists
		script = "CREATE SCHEMA followgraph_adoption;\n" + script
	}
	_, err = tx.Exec(ctx, script, pgx.QueryExecModeSimpleProtocol)
	return err
}

// installCounting installs the triggers with which the database keeps the counts in user_follow_stats, whatever program
// writes follows. Call it again after an exchange: the functions name the tables, and triggers belong to one table. The
// caller must hold locks on both tables in at least SHARE ROW EXCLUSIVE mode, so that no open transaction has written
// follows without the triggers, or has recorded changes that are not applied to the counts yet.
//
// Wrong counts remain until repairCounts repairs them. installCounting returns an error if user_follow_stats has no
// unique index on user_id.
func installCounting(ctx context.Context, tx pgx.Tx, schema string) error {
	c, err := readCounting(ctx, tx, schema)
	if err != nil {
		return fmt.Errorf("read the columns of counts: %w", err)
	}
	if !c.unique {
		return fmt.Errorf("table %s.user_follow_stats has no unique index on user_id: create one first", c.Schema)
	}
	if err := install(ctx, tx, "trigger_counts", c); err != nil {
		return fmt.Errorf("install the triggers that count follows: %w", err)
	}
	return nil
}

// installAccounts installs the triggers that replace nulls in accounts written by another program, and that end the
// tokens of an account when the other program changes its password. Call it again after columns were added or dropped.
// The caller must hold a lock on users in at least SHARE ROW EXCLUSIVE mode.
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

// removeTriggers drops the triggers of installCounting and installAccounts. Their functions remain until the schema
// followgraph_adoption is dropped. The caller must hold locks on the tables in ACCESS EXCLUSIVE mode.
func removeTriggers(ctx context.Context, tx pgx.Tx, schema string) error {
	for _, table := range []string{"users", "user_follows", "user_follow_stats"} {
		if err := removeFrom(ctx, tx, schema, table); err != nil {
			return err
		}
	}
	return nil
}

// removeFrom drops the triggers of one table. The table need not exist.
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

// triggerFunctions are the trigger functions of installCounting and installAccounts.
var triggerFunctions = []string{
	"count_follows", "date_follow", "lock_ends", "lock_counts", "keep_counts", "note_counts", "complete_account", "end_tokens", "count_accounts",
}
