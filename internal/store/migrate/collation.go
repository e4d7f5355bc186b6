package migrate

import (
	"context"
	"fmt"
)

// ImportCollations makes the collations of the server's ICU known to a database, which takes a superuser. See PostgreSQL's
// manual, "Collation Management Functions".
const ImportCollations = `SELECT pg_import_system_collations('pg_catalog')`

// searchCollation is the collation of the indexes for searches.
const searchCollation = "und-x-icu"

// checkCollation reports an error where there are migrations to apply, and a collation that they need is missing.
func checkCollation(ctx context.Context, conn querier, collation string, pending []string) error {
	if len(pending) == 0 {
		return nil
	}
	var exists bool
	if err := conn.QueryRowContext(ctx, `SELECT to_regcollation(quote_ident($1)) IS NOT NULL`, collation).Scan(&exists); err != nil {
		return fmt.Errorf("look for the collation of searches: %w", err)
	}
	if !exists {
		return fmt.Errorf("the database lacks the collation %q, which searches need: run %s as a superuser; "+
			"if it is still missing, the server was built without ICU: use one that was built with it", collation, ImportCollations)
	}
	return nil
}
