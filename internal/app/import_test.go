package app_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/config"
	"followgraph/internal/ingest"
	"followgraph/internal/testdb"
)

func tableFile(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "edges.txt")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// TestImportOutput checks that an import prints the format of its file, and that a dry run prints what an import then
// does.
func TestImportOutput(t *testing.T) {
	t.Parallel()
	common, _ := configured(t, testdb.New(t))
	quiet := slog.New(slog.DiscardHandler)
	what := app.Import{
		Source:      tableFile(t, "# a comment\nSource;Target\n1; 2\nSource;Target\n2;3\n"),
		CreateUsers: true, DryRun: true,
		Format: ingest.Format{Columns: "follower=Source,following=Target"},
	}
	const layout = "read as: separated by semicolons, header in line 2, follower_id is column 1 (\"Source\"), following_id is column 2 (\"Target\"), " +
		"lines that start with # are comments\n"
	for _, want := range []string{
		layout + "row: \"1\" follows \"2\"\nrow: \"2\" follows \"3\"\n1 line skipped: repeated header\n" +
			"2 rows: 2 would be added, 0 already there, 0 rejected; 3 users would be created\ndry run: nothing was written\n",
		layout + "1 line skipped: repeated header\n2 rows: 2 added, 0 already there, 0 rejected; 3 users created\n",
	} {
		var out strings.Builder
		require.NoError(t, app.ImportEdges(t.Context(), common, what, quiet, &out, io.Discard))
		require.Equal(t, want, out.String())
		what.DryRun = false
	}
}

// TestImportDryRunWithoutDatabase checks that a dry run does not create a database.
func TestImportDryRunWithoutDatabase(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	common := config.Common{Database: config.Database{DataDir: dir}}
	var out strings.Builder
	require.NoError(t, app.ImportEdges(t.Context(), common, app.Import{
		Source: tableFile(t, "follower_id,following_id,created_at\n1,2,2025-06-20T12:00:00Z\n1,2,\n"), DryRun: true, CreateUsers: true,
	}, slog.New(slog.DiscardHandler), &out, io.Discard))
	require.Contains(t, out.String(), "1 line with an empty time, dated to the time of the import\n2 rows: 1 would be added, 1 already there, 0 rejected; 2 users would be created\n")
	require.NoDirExists(t, dir)
}

// TestImportReportsCauses checks that the rows that --max-rejects allows are explained.
func TestImportReportsCauses(t *testing.T) {
	t.Parallel()
	common := config.Common{Database: config.Database{DataDir: filepath.Join(t.TempDir(), "data")}}
	var out strings.Builder
	require.NoError(t, app.ImportEdges(t.Context(), common, app.Import{
		Source: tableFile(t, "follower_id,following_id\n1,2\n3,3\n4,NULL\n5,NULL\n"), DryRun: true, CreateUsers: true, MaxRejects: 3,
	}, slog.New(slog.DiscardHandler), &out, io.Discard))
	require.Contains(t, out.String(), "rejected: 2 id is a null marker, 1 self-follow; first at line 3\n4 rows: 1 would be added, 0 already there, 3 rejected; 2 users would be created\n")
}

// TestImportErrors checks that the error of an invalid file has the line and a hint.
func TestImportErrors(t *testing.T) {
	t.Parallel()
	common, _ := configured(t, testdb.New(t))
	err := app.ImportEdges(t.Context(), common, app.Import{Source: tableFile(t, "follower_id,following_id\n1,2\n3,NULL\n")},
		slog.New(slog.DiscardHandler), io.Discard, io.Discard)
	require.EqualError(t, err, `nothing imported: 1 bad row, 0 allowed (1 id is a null marker; first at line 3); line 3: id is a null marker "NULL": `+
		`leave such rows out; --rejects FILE lists all, --max-rejects allows more`)
}
