package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"

	atlas "ariga.io/atlas/sql/migrate"
)

// applyStatements runs the statements of a file one by one, outside a transaction, and writes its revision after each of
// them. It continues after those that an interrupted call has completed.
func applyStatements(ctx context.Context, conn *sql.Conn, dir *directory, table revisionsTable, name string, _ *beginning) error {
	table.conn = conn
	executor, err := atlas.NewExecutor(separately{driver{conn: conn}}, dir.atlas, table, atlas.WithOperatorVersion(operator))
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	if err := executor.Execute(ctx, dir.file(name)); err != nil {
		return describe(name, dir.file(name), err)
	}
	return nil
}

// separately is the driver for statements that run outside a transaction.
type separately struct{ driver }

// concurrentIndex matches a statement that builds an index without blocking writes. The first group is the index's name.
var concurrentIndex = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?("(?:[^"]|"")+"|[\w.]+)\s+ON\s`)

// concurrent matches every statement that waits for other transactions without blocking them. It may wait for long.
var concurrent = regexp.MustCompile(`(?is)^\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX\s+\w+)\s+CONCURRENTLY\s`)

// ExecContext runs a statement. An interrupted CREATE INDEX CONCURRENTLY leaves an index that is invalid: it is not
// used by queries, and slows down writes. ExecContext drops it before it builds the index again.
func (d separately) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	timeout := lockTimeout
	if concurrent.MatchString(query) {
		timeout = 0
	}
	// The limits stay for the session, which ends with Up. Each later statement, and each transaction, sets its own.
	if _, err := d.conn.ExecContext(ctx, limitsSQL, timeout.String(), false); err != nil {
		return nil, err
	}
	if match := concurrentIndex.FindStringSubmatch(query); match != nil {
		if err := d.dropInvalid(ctx, match[1]); err != nil {
			return nil, err
		}
	}
	return d.driver.ExecContext(ctx, query, args...)
}

// dropInvalid drops an index that an interrupted statement has left.
func (d separately) dropInvalid(ctx context.Context, index string) error {
	var invalid bool
	err := d.conn.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid)`, index).Scan(&invalid)
	if err != nil || !invalid {
		return err
	}
	_, err = d.conn.ExecContext(ctx, "DROP INDEX CONCURRENTLY "+index)
	return err
}
