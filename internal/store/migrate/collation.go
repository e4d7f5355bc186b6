package migrate

import (
	"context"
	"fmt"
)

// ImportCollations imports the collations of the server's ICU library into a database. It requires a superuser. See
// PostgreSQL's manual, "Collation Management Functions".
const ImportCollations = `SELECT pg_import_system_collations('pg_catalog')`

// searchCollation is the collation of the search indexes.
const searchCollation = "und-x-icu"

// checkCollation returns an error if migrations are pending and the collation that they need is missing.
func checkCollation(ctx context.Context, conn querier, collation string, pending []string) error {
	if len(pending) == 0 {
		return nil
	}
	var exists bool
	if err := conn.QueryRowContext(ctx, `SELECT to_regcollation(quote_ident($1)) IS NOT NULL`, collation).Scan(&exists); err != nil {
		return fmt.Errorf("look for the collation of searches: %w", err)
	}
	if !exists {
		return fmt.Errorf("searches need the collation %q, which the database lacks: run %s as a superuser; "+
			"if it is still missing, the server was built without ICU: use a server with ICU", collation, ImportCollations)
	}
	return nil
}
