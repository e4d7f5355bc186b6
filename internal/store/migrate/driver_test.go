package migrate

import (
	"io/fs"
	"testing"

	"ariga.io/atlas/sql/postgres"
	"github.com/stretchr/testify/require"

	"followgraph/migrations"
)

// TestScanStmts splits files as Atlas's PostgreSQL driver does: the migrations, and a statement for each option of the
// scanner.
func TestScanStmts(t *testing.T) {
	t.Parallel()
	inputs := map[string]string{
		"none":            "",
		"no delimiter":    "SELECT 1",
		"comments":        "-- first; still\n/* second; */ SELECT 1; -- third;\nSELECT 2;",
		"strings":         `SELECT ';', '''; ', ";"; SELECT E'\';', U&'\0061;'; SELECT 'a\'; SELECT 'b';`,
		"dollar quotes":   "DO $$ BEGIN PERFORM 1; END $$; CREATE FUNCTION f() RETURNS int AS $body$ SELECT 1; SELECT '$$;' $body$ LANGUAGE sql;",
		"begin atomic":    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3;",
		"begin":           "CREATE PROCEDURE p() AS BEGIN SELECT 1; SELECT 2; END; SELECT 3;",
		"case":            "SELECT CASE WHEN true THEN 1 END; SELECT 2;",
		"a new delimiter": "-- atlas:delimiter \\n\\n\nSELECT 1; SELECT 2;\n\nSELECT 3;",
		"unterminated":    "SELECT 'a; SELECT 2;",
	}
	names, err := fs.Glob(migrations.FS, "*.sql")
	require.NoError(t, err)
	for _, name := range names {
		content, err := fs.ReadFile(migrations.FS, name)
		require.NoError(t, err)
		inputs[name] = string(content)
	}
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, wantErr := (*postgres.Driver)(nil).ScanStmts(input)
			got, err := driver{}.ScanStmts(input)
			require.Equal(t, wantErr, err)
			require.Equal(t, want, got)
		})
	}
}
