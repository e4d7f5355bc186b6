package adopt_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

var update = flag.Bool("update", false, "write the expected models")

var revisionDate = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// unusual is what a team may have added to the tables. The rehearsal holds the models that come of it to Alembic.
const unusual = `
	CREATE TYPE mood AS ENUM ('good', 'it''s bad');
	CREATE TABLE companies (id serial PRIMARY KEY, "the name" text);
	ALTER TABLE users
		ADD class text, ADD "e mail" varchar(20) DEFAULT 'it''s "so": %s', ADD metadata jsonb, ADD price numeric(8,2) DEFAULT 1.5,
		ADD tags varchar(10)[], ADD mood mood DEFAULT 'good', ADD company_id integer REFERENCES companies ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
		ADD seen timestamp, ADD seen_ms timestamp(3) with time zone, ADD token uuid UNIQUE, ADD short char(3), ADD ip inet,
		ADD full_name text GENERATED ALWAYS AS (coalesce(firstname, '') || ' ' || coalesce(lastname, '')) STORED,
		ADD CONSTRAINT ck_short CHECK (short ~ '^[a-z]:');
	COMMENT ON TABLE users IS 'all "people"';
	COMMENT ON COLUMN users.price IS 'in francs';
	CREATE INDEX ix_users_seen ON users (seen DESC NULLS LAST, company_id);
	CREATE INDEX ix_users_tags ON users USING gin (tags);
	CREATE INDEX ix_users_city ON users (city varchar_pattern_ops) WHERE city IS NOT NULL;
	CREATE UNIQUE INDEX ix_users_full ON users ((firstname || lastname) text_pattern_ops) INCLUDE (city);`

func TestAlembicModels(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	conn := connect(t, database)
	exec(t, conn, unusual)
	files, err := adopt.Alembic(t.Context(), database, revisionDate)
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
			files, err := adopt.Alembic(t.Context(), database, revisionDate)
			require.NoError(t, err)
			if test.note != "" {
				require.Contains(t, files.Notes[0], test.note)
			}
			if test.down == "" {
				require.Empty(t, files.Revision)
				return
			}
			require.Contains(t, files.Revision, "\nrevision = \""+adopt.AlembicRevision+"\"\ndown_revision = "+test.down+"\n")
			require.Contains(t, files.Revision, "\nCreate Date: 2026-11-30 12:00:00.000000\n")
		})
	}
}

func TestAlembicBeforeTheSwitch(t *testing.T) {
	t.Parallel()
	conn := service(t, "")
	_, err := adopt.Alembic(t.Context(), conn.Config().ConnString(), revisionDate)
	require.ErrorIs(t, err, adopt.ErrNotSwitched)
	_, err = adopt.Alembic(t.Context(), testdb.NewEmpty(t), revisionDate)
	require.ErrorContains(t, err, "not found")
}
