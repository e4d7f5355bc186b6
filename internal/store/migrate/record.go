package migrate

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// HistorySchema returns the schema in which Up looks for the history of a database with tables in a given schema. If
// this connection does not find the tables, the answer is for a connection whose URL sets search_path to that schema.
func HistorySchema(ctx context.Context, conn *pgx.Conn, tables string) (string, error) {
	var (
		current sql.NullString
		bound   bool
	)
	err := conn.QueryRow(ctx, `SELECT current_schema(), (SELECT source = 'client' FROM pg_settings WHERE name = 'search_path')`).Scan(&current, &bound)
	if err != nil {
		return "", fmt.Errorf("look for the migration history: %w", err)
	}
	if current.String == tables && !bound {
		return revisionsName, nil
	}
	return tables, nil
}

// Record creates a history in a schema without one. It records that all migrations are applied, in the transaction that
// creates their result by other means.
func Record(ctx context.Context, tx pgx.Tx, schema string) error {
	dir, err := embedded()
	if err != nil {
		return err
	}
	table := revisionsTable{conn: executor{tx: tx}, schema: schema}
	if err := table.create(ctx); err != nil {
		return err
	}
	latest := baseline{file: dir.files[len(dir.files)-1]}
	return table.WriteRevision(ctx, latest.revision())
}

// Forget removes the history that Record created.
func Forget(ctx context.Context, tx pgx.Tx, schema string) error {
	if _, err := tx.Exec(ctx, `DROP TABLE IF EXISTS `+revisionsTable{schema: schema}.name()); err != nil {
		return fmt.Errorf("drop the migration history: %w", err)
	}
	if schema != revisionsName {
		return nil
	}
	if _, err := tx.Exec(ctx, `DROP SCHEMA IF EXISTS atlas_schema_revisions`); err != nil {
		return fmt.Errorf("drop the migration history: %w", err)
	}
	return nil
}

// executor adapts a pgx transaction to querier. It can only execute statements.
type executor struct {
	querier // nil
	tx      pgx.Tx
}

func (e executor) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	// In this mode the server determines the types of the parameters, as with database/sql.
	tag, err := e.tx.Exec(ctx, query, append([]any{pgx.QueryExecModeDescribeExec}, args...)...)
	return sqldriver.RowsAffected(tag.RowsAffected()), err
}
