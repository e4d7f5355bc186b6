package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// pythonDatabase creates a database at a version without our history. Unless revision is empty, it has the history of
// Alembic.
func pythonDatabase(t *testing.T, version, revision string) (databaseURL string) {
	t.Helper()
	databaseURL = testdb.NewEmpty(t)
	step(t, databaseURL, version)
	db := connect(t, databaseURL)
	exec(t, db, `DROP SCHEMA atlas_schema_revisions CASCADE`)
	if revision != "" {
		exec(t, db, `CREATE TABLE alembic_version (version_num character varying(32) PRIMARY KEY)`)
		exec(t, db, `INSERT INTO alembic_version VALUES ($1)`, revision)
	}
	return databaseURL
}

// TestUpRefusesService checks that no command changes a database of the service, whatever its revision and schema.
func TestUpRefusesService(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ at, revision, statements, schema string }{
		"base":                  {base, "", "", "public"},
		"fullname":              {fullname, "130a2475f44f", "", "public"},
		"last revision":         {stats, "e67a8cedc427", "", "public"},
		"unknown revision":      {stats, "0123456789ab", "", "public"},
		"no revision":           {stats, "", "", "public"},
		"own cognito_id":        {stats, "", "ALTER TABLE users ADD COLUMN cognito_id character varying", "public"},
		"another schema":        {stats, "", "CREATE SCHEMA auth; ALTER TABLE users SET SCHEMA auth; ALTER TABLE user_follows SET SCHEMA auth", "auth"},
		"another schema, early": {fullname, "130a2475f44f", "CREATE SCHEMA auth; ALTER TABLE users SET SCHEMA auth; ALTER TABLE alembic_version SET SCHEMA auth", "auth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pythonDatabase(t, test.at, test.revision)
			db := connect(t, databaseURL)
			if test.statements != "" {
				exec(t, db, test.statements)
			}
			before := catalog(t, db)
			for _, options := range [][]migrate.Option{nil, {migrate.WithBaseline(test.at)}, {migrate.WithBaseline(own)}} {
				applied, err := migrate.Up(t.Context(), databaseURL, options...)
				var service *migrate.ServiceError
				require.ErrorAs(t, err, &service)
				require.Equal(t, test.schema, service.Schema)
				require.ErrorContains(t, err, "`followgraph adopt check`")
				require.ErrorContains(t, err, "`followgraph migrate up --offline`")
				require.Empty(t, applied)
			}
			_, err := migrate.Check(t.Context(), db)
			require.ErrorContains(t, err, "adopt check")
			_, err = migrate.Status(t.Context(), databaseURL)
			require.ErrorContains(t, err, "adopt check")
			require.Empty(t, lines(t, db, `SELECT nspname FROM pg_namespace WHERE nspname IN ('atlas_schema_revisions', 'followgraph_verify')`), "nothing is left behind")
			require.Equal(t, before, catalog(t, db))
		})
	}
}

func TestUpRefusesTablesOfOthers(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	exec(t, connect(t, databaseURL), `CREATE TABLE users (name text)`)
	_, err := migrate.Up(t.Context(), databaseURL)
	require.EqualError(t, err, "schema public has a table users that belongs neither to Followgraph nor to the Python service: set search_path in the database URL to a schema without such a table")
}

// TestUpBesideOthers checks databases with other tables, which are no reason to refuse.
func TestUpBesideOthers(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	exec(t, connect(t, databaseURL), `CREATE SCHEMA crm; CREATE TABLE crm.users (username text, password_hash text); CREATE TABLE crm.orders (); CREATE SCHEMA old; CREATE TABLE old.users (name text); CREATE TABLE old.user_follows ()`)
	applied, err := migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Equal(t, all, versions(applied))

	// A URL with a search_path selects the schema.
	databaseURL = pythonDatabase(t, stats, "")
	exec(t, connect(t, databaseURL), `CREATE SCHEMA fg`)
	applied, err = migrate.Up(t.Context(), bound(t, databaseURL, "fg"))
	require.NoError(t, err)
	require.Equal(t, all, versions(applied))
}

// TestSearchPathOfDatabase checks a database that sets a search_path without the tables.
func TestSearchPathOfDatabase(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.New(t)
	db := connect(t, databaseURL)
	exec(t, db, `CREATE SCHEMA empty`)
	for path, problem := range map[string]string{
		"empty":         "the tables of Followgraph are in schema public, which is not in the connection's search_path (empty): set search_path in the database URL, as in postgres://…?search_path=public",
		"empty, public": "",
	} {
		exec(t, db, "ALTER DATABASE "+lines(t, db, "SELECT quote_ident(current_database())")[0]+" SET search_path = "+path)
		_, err := migrate.Check(t.Context(), connect(t, databaseURL))
		if problem == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, problem)
		}
	}
	exec(t, db, `DROP TABLE users CASCADE`)
	_, err := migrate.Check(t.Context(), connect(t, databaseURL))
	require.ErrorContains(t, err, "the database has a migration history, but no tables users and user_follows in the connection's search_path")
}

// TestUpElsewhere checks that Up does not create the tables a second time if the connection uses another schema.
func TestUpElsewhere(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	exec(t, connect(t, databaseURL), `CREATE SCHEMA auth`)
	_, err := migrate.Up(t.Context(), bound(t, databaseURL, "auth"))
	require.NoError(t, err)
	_, err = migrate.Up(t.Context(), databaseURL)
	require.EqualError(t, err, "the tables of Followgraph are in schema auth, which is not the connection's current schema: set search_path in the database URL, as in postgres://…?search_path=auth")
}

func TestBaseline(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	_, err := migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(letterCase))
	require.EqualError(t, err, "the database has no tables, so baseline 20261129000000 cannot apply: run without a baseline")

	databaseURL = pythonDatabase(t, letterCase, "")
	db := connect(t, databaseURL)
	_, err = migrate.Up(t.Context(), databaseURL, migrate.WithBaseline("2025"))
	require.EqualError(t, err, `baseline "2025" is not the version of a migration: use one of 20250501000000, 20250506000000, `+
		`20250527000000, 20250527000001, 20250620000000, 20250620000001, 20261123000000, 20261123010000, 20261123020000, 20261129000000, 20261130000000, 20261130010000, 20261130020000, 20261130030000, 20261130040000, 20261130050000, 20261130060000`)
	_, err = migrate.Up(t.Context(), databaseURL)
	require.EqualError(t, err, "the database has the tables of Followgraph in schema public, but no migration history: if they are at the latest version, run `followgraph migrate up --baseline 20261130060000`")

	// The tables are compared with the result of the migrations.
	exec(t, db, `DROP INDEX ix_users_email_case; ALTER TABLE users ADD COLUMN team text, ALTER COLUMN city TYPE character varying(50)`)
	_, err = migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(letterCase))
	require.ErrorContains(t, err, "the tables do not match baseline 20261129000000, nothing was recorded: the database lacks CREATE INDEX ix_users_email_case ON users")
	require.ErrorContains(t, err, "; column users.city character varying")
	exec(t, db, `ALTER TABLE users ALTER COLUMN city TYPE character varying;
		CREATE INDEX ix_users_email_case ON users (lower(lower(email COLLATE "C") COLLATE "default") COLLATE "C")`)

	// The baseline is recorded together with the first migration, and not if that fails.
	exec(t, db, `CREATE TABLE ix_users_id ()`)
	_, err = migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(letterCase))
	require.Error(t, err)
	require.Empty(t, lines(t, db, `SELECT nspname FROM pg_namespace WHERE nspname = 'atlas_schema_revisions'`))
	exec(t, db, `DROP TABLE ix_users_id`)

	applied, err := migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(letterCase))
	require.NoError(t, err)
	require.Equal(t, []string{localIDs, searchKeys, publication, spelling, byFollowers, searchWords, searchNames}, versions(applied))
	require.Equal(t, []string{letterCase + "|1|letter_case", localIDs + "|2|local_ids", searchKeys + "|2|search_keys", publication + "|2|publication", spelling + "|2|spelling", byFollowers + "|2|follower_order", searchWords + "|2|search_words", searchNames + "|2|search_names"},
		lines(t, db, `SELECT concat_ws('|', version, type, description) FROM atlas_schema_revisions.atlas_schema_revisions ORDER BY version`))

	_, err = migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(letterCase))
	require.EqualError(t, err, "the database has a migration history, at version 20261130060000: run without a baseline")
}

// TestBaselineAtLatest records a baseline after which no migration is pending.
func TestBaselineAtLatest(t *testing.T) {
	t.Parallel()
	databaseURL := pythonDatabase(t, searchNames, "")
	applied, err := migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(searchNames))
	require.NoError(t, err)
	require.Empty(t, applied)
	state, err := migrate.Check(t.Context(), connect(t, databaseURL))
	require.NoError(t, err)
	require.Equal(t, []string{searchNames}, state.Applied)
}

// TestFirstMigrationRecordsAll checks that a failed first migration leaves no history.
func TestFirstMigrationRecordsAll(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	exec(t, connect(t, databaseURL), `CREATE SEQUENCE users_id_seq; CREATE TYPE users AS (a integer)`)
	_, err := migrate.Up(t.Context(), databaseURL)
	require.Error(t, err)
	require.Empty(t, lines(t, connect(t, databaseURL), `SELECT nspname FROM pg_namespace WHERE nspname = 'atlas_schema_revisions'`))
}
