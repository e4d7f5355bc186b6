package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// TestCheckCollation looks for a collation that exists and for one that does not.
func TestCheckCollation(t *testing.T) {
	t.Parallel()
	url := testdb.NewEmpty(t)
	require.NoError(t, migrate.CheckCollation(t.Context(), url, "und-x-icu"))
	require.EqualError(t, migrate.CheckCollation(t.Context(), url, "und-x-missing"), `searches need the collation "und-x-missing", which the database lacks: `+
		`run SELECT pg_import_system_collations('pg_catalog') as a superuser; if it is still missing, the server was built without ICU: use a server with ICU`)
}
