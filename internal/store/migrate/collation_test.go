package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// TestCheckCollation asks a server, which has the collation of searches, for one that it lacks.
func TestCheckCollation(t *testing.T) {
	t.Parallel()
	url := testdb.NewEmpty(t)
	require.NoError(t, migrate.CheckCollation(t.Context(), url, "und-x-icu"))
	require.EqualError(t, migrate.CheckCollation(t.Context(), url, "und-x-missing"), `the database lacks the collation "und-x-missing", which searches need: `+
		`run SELECT pg_import_system_collations('pg_catalog') as a superuser; if it is still missing, the server was built without ICU: use one that was built with it`)
}
