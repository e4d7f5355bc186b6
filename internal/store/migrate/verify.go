package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// verifySchema is the schema in which verify creates tables for comparison. Its transaction is always rolled back.
const verifySchema = "followgraph_verify"

// linesSQL describes the columns, indexes and constraints of the three tables in the first schema of the search_path,
// one line each. The lines do not name the schema.
const linesSQL = `
	WITH tables AS (
	  SELECT oid, relname FROM pg_class
	  WHERE relnamespace = current_schema()::regnamespace AND relname IN ('users', 'user_follows', 'user_follow_stats')
	)
	SELECT line FROM (
	  SELECT concat_ws(' ', 'column', t.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
	    (SELECT 'collate ' || l.collname FROM pg_collation AS l WHERE l.oid = a.attcollation AND l.collname <> 'default'),
	    CASE WHEN a.attnotnull THEN 'not null' END,
	    CASE WHEN a.attidentity <> '' THEN 'identity' END) AS line
	  FROM tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
	  UNION ALL
	  SELECT concat_ws(' ', 'constraint', t.relname || '.' || c.conname, pg_get_constraintdef(c.oid))
	  FROM tables AS t JOIN pg_constraint AS c ON c.conrelid = t.oid WHERE c.contype <> 'n'
	  UNION ALL
	  SELECT replace(pg_get_indexdef(i.indexrelid), ' ON ' || quote_ident(current_schema()) || '.', ' ON ')
	  FROM tables AS t JOIN pg_index AS i ON i.indrelid = t.oid AND i.indisvalid
	) AS lines
	ORDER BY line COLLATE "C"`

// maxDifferences bounds the number of differences in an error.
const maxDifferences = 5

// verify returns an error if the database lacks anything of a baseline. It applies the migrations in a separate schema
// and compares the catalog, in a transaction that it rolls back. Additional objects in the database do not matter.
func verify(ctx context.Context, conn *sql.Conn, dir *directory, version string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("compare the tables with version %s: %w", version, err)
	}
	defer func() { _ = tx.Rollback() }()
	have, err := describeTables(ctx, tx)
	if err != nil {
		return fmt.Errorf("compare the tables with version %s: %w", version, err)
	}
	for _, statement := range []string{`CREATE SCHEMA ` + verifySchema, `SET LOCAL search_path = ` + verifySchema} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("compare the tables with version %s: %w", version, err)
		}
	}
	for _, file := range dir.files {
		if file.Version() > version {
			break
		}
		statements, err := driver{}.ScanStmts(transactional(file))
		if err != nil {
			return fmt.Errorf("compare the tables with version %s: %w", version, err)
		}
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement.Text); err != nil {
				return fmt.Errorf("compare the tables with version %s: %w", version, err)
			}
		}
	}
	want, err := describeTables(ctx, tx)
	if err != nil {
		return fmt.Errorf("compare the tables with version %s: %w", version, err)
	}
	missing := slices.DeleteFunc(want, func(line string) bool { return slices.Contains(have, line) })
	if len(missing) == 0 {
		return nil
	}
	more := ""
	if len(missing) > maxDifferences {
		more = fmt.Sprintf(" and %d more", len(missing)-maxDifferences)
		missing = missing[:maxDifferences]
	}
	return fmt.Errorf("the tables do not match baseline %s, nothing was recorded: the database lacks %s%s", version, strings.Join(missing, "; "), more)
}

func describeTables(ctx context.Context, tx *sql.Tx) ([]string, error) {
	rows, err := tx.QueryContext(ctx, linesSQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}
