package migrate

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
)

// Statements returns the text of every migration, oldest first. Run one after the other in an empty schema that is alone
// on the search_path, they make there what a new database has.
func Statements() ([]string, error) {
	dir, err := embedded()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(dir.files))
	for i, file := range dir.files {
		texts[i] = string(file.Bytes())
	}
	return texts, nil
}

// LockKey is the key of the advisory lock that a program holds while it changes a database's schema: Up, Atlas's command line, an
// adoption.
func LockKey() int64 {
	hash := fnv.New32()
	_, _ = hash.Write([]byte(lockName)) // never fails
	return int64(hash.Sum32())
}

// Latest returns the version of the newest migration.
func Latest() (string, error) {
	dir, err := embedded()
	if err != nil {
		return "", err
	}
	return dir.files[len(dir.files)-1].Version(), nil
}

// HistorySchema returns where the history of a database belongs whose tables are in the schema tables: where Up looks for
// it, over this connection if that finds these tables, else over one whose URL names that schema as its search_path.
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

// Record writes a history into the schema, which has none: that the database stands where all migrations lead. It does so
// in the transaction that brought the database there.
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

// Forget removes the history that Record wrote into the schema.
func Forget(ctx context.Context, tx pgx.Tx, schema string) error {
	if _, err := tx.Exec(ctx, `DROP TABLE IF EXISTS `+revisionsTable{schema: schema}.name()); err != nil {
		return fmt.Errorf("remove the migration history: %w", err)
	}
	if schema != revisionsName {
		return nil
	}
	if _, err := tx.Exec(ctx, `DROP SCHEMA IF EXISTS atlas_schema_revisions`); err != nil {
		return fmt.Errorf("remove the migration history: %w", err)
	}
	return nil
}

// executor writes a history in a transaction of pgx. It cannot read one.
type executor struct {
	querier // nil
	tx      pgx.Tx
}

func (e executor) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	// The server tells the types of the parameters, as database/sql has it do.
	tag, err := e.tx.Exec(ctx, query, append([]any{pgx.QueryExecModeDescribeExec}, args...)...)
	return sqldriver.RowsAffected(tag.RowsAffected()), err
}

// Replay brings tables of the Python service from the revision that the file of version after replays to its last one, in
// the first schema of the transaction's search_path. It records nothing.
func Replay(ctx context.Context, tx pgx.Tx, after string) error {
	dir, err := embedded()
	if err != nil {
		return err
	}
	for _, file := range dir.files {
		if file.Version() <= after || !isAlembicRevision(file) {
			continue
		}
		if _, err := tx.Conn().PgConn().Exec(ctx, string(file.Bytes())).ReadAll(); err != nil {
			return fmt.Errorf("replay %s: %w", file.Name(), err)
		}
	}
	return nil
}
