package adopt_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

var update = flag.Bool("update", false, "write the expected models")

func TestAlembicModels(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	conn := connect(t, database)
	unusual, err := os.ReadFile(filepath.Join("testdata", "unusual.sql"))
	require.NoError(t, err)
	exec(t, conn, string(unusual))
	files, err := adopt.Alembic(t.Context(), database)
	require.NoError(t, err)
	golden := filepath.Join("testdata", "models.py.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(files.Models), 0o600))
	}
	expected, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(expected), files.Models, "-update writes the expected models, to be read before they are committed")
}

func TestAlembicRevision(t *testing.T) {
	t.Parallel()
	const none = "None  # the last revision of your history"
	for name, test := range map[string]struct {
		statements string
		down       string // empty: no revision is written
		note       string
	}{
		"without Alembic": {"", none, "No table alembic_version"},
		"one head":        {"INSERT INTO alembic_version VALUES ('e67a8cedc427')", `"e67a8cedc427"`, ""},
		"several heads":   {"INSERT INTO alembic_version VALUES ('e67a8cedc427'), ('f00d')", `("e67a8cedc427", "f00d")`, ""},
		"applied":         {"INSERT INTO alembic_version VALUES ('" + adopt.AlembicRevision + "')", "", "Keep the file"},
		"in another schema": {"CREATE SCHEMA other; ALTER TABLE alembic_version SET SCHEMA other; INSERT INTO other.alembic_version VALUES ('abc')",
			`"abc"`, ""},
		"in several other schemas": {`CREATE SCHEMA other; CREATE SCHEMA another; ALTER TABLE alembic_version SET SCHEMA other;
			CREATE TABLE another.alembic_version (version_num varchar(32) PRIMARY KEY)`, none, "Several schemas"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := testdb.New(t)
			if test.statements != "" {
				exec(t, connect(t, database), "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"+test.statements)
			}
			files, err := adopt.Alembic(t.Context(), database)
			require.NoError(t, err)
			if test.note != "" {
				require.Contains(t, files.Notes[0], test.note)
			}
			if test.down == "" {
				require.Empty(t, files.Revision)
				return
			}
			require.Contains(t, files.Revision, "\nrevision = \""+adopt.AlembicRevision+"\"\ndown_revision = "+test.down+"\n")
		})
	}
}

func TestAlembicBeforeTheSwitch(t *testing.T) {
	t.Parallel()
	conn := service(t, "")
	_, err := adopt.Alembic(t.Context(), conn.Config().ConnString())
	require.ErrorIs(t, err, adopt.ErrNotSwitched)
	_, err = adopt.Alembic(t.Context(), testdb.NewEmpty(t))
	require.ErrorContains(t, err, "no schema has all three tables")
}

func TestUndoSetsAlembicBack(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, "")
	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	exec(t, conn, "UPDATE alembic_version SET version_num = '"+adopt.AlembicRevision+"'")
	_, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	var version string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT string_agg(version_num, ', ') FROM alembic_version").Scan(&version))
	require.Equal(t, "e67a8cedc427", version)
}

// TestLastStepsAreIdempotent repeats the commands that end an adoption, because the output of the first run may be
// lost.
func TestLastStepsAreIdempotent(t *testing.T) {
	t.Parallel()
	url, _ := serviceDatabase(t, "")
	done, err := adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.True(t, done.Nothing)
	err = adopt.Finish(t.Context(), url, adopt.FinishOptions{Options: options(t)})
	require.ErrorContains(t, err, "no adoption is in progress")

	_, err = adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, adopt.Finish(t.Context(), url, adopt.FinishOptions{Options: options(t), Force: true}))
	}
	_, err = adopt.Undo(t.Context(), url, options(t))
	require.ErrorContains(t, err, "only a backup brings the old tables back")
}

// TestSchemaOffThePath reads the shape next to the copies of an adoption, on a connection whose search_path contains
// none of their schemas.
func TestSchemaOffThePath(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, variants["schema_auth"])
	requireAuthSchema := func() {
		t.Helper()
		shape, err := adopt.ReadShape(t.Context(), conn)
		require.NoError(t, err)
		require.Equal(t, "auth", shape.Schema)
	}
	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	requireAuthSchema()
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	requireAuthSchema()
	files, err := adopt.Alembic(t.Context(), url)
	require.NoError(t, err)
	require.Contains(t, files.Notes[len(files.Notes)-1], "The tables are in the schema auth")
	rows, err := conn.Query(t.Context(), `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'followgraph%'`)
	require.NoError(t, err)
	schemas, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, schemas)
	for _, schema := range schemas {
		require.Contains(t, files.Environment, `"`+schema+`"`, "env.py must leave out what undo needs")
	}
}
