package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// TestRevisionsTable compares the columns of the table with those that Atlas's command line v0.13.1 creates.
func TestRevisionsTable(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	require.Equal(t, []string{
		"version character varying not null",
		"description character varying not null",
		"type bigint not null default 2",
		"applied bigint not null default 0",
		"total bigint not null default 0",
		"executed_at timestamp with time zone not null",
		"execution_time bigint not null",
		"error text",
		"error_stmt text",
		"hash character varying not null",
		"partial_hashes jsonb",
		"operator_version character varying not null",
	}, lines(t, db, `
		SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod),
		  CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(adbin, adrelid))
		FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		WHERE attrelid = 'atlas_schema_revisions.atlas_schema_revisions'::regclass AND attnum > 0
		ORDER BY attnum`))
	require.Equal(t, []string{"PRIMARY KEY (version)"}, lines(t, db, `SELECT pg_get_constraintdef(oid) FROM pg_constraint
		WHERE conrelid = 'atlas_schema_revisions.atlas_schema_revisions'::regclass AND contype <> 'n'`))
	require.Empty(t, lines(t, db, `SELECT version FROM atlas_schema_revisions.atlas_schema_revisions
		WHERE type <> 2 OR applied <> total OR applied = 0 OR length(hash) <> 44 OR error <> '' OR error_stmt <> ''
		OR execution_time <= 0 OR executed_at > now() OR operator_version <> 'followgraph'`))
}

// TestRowsOfAtlas reads a history with the internal rows of Atlas's command line.
func TestRowsOfAtlas(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	step(t, databaseURL, stats)
	exec(t, connect(t, databaseURL), `
		UPDATE atlas_schema_revisions.atlas_schema_revisions SET operator_version = 'Atlas CLI v0.13.1', partial_hashes = '["h1:x"]';
		INSERT INTO atlas_schema_revisions.atlas_schema_revisions (version, description, executed_at, execution_time, hash, operator_version)
		VALUES ('.atlas_cloud_identifier', '3f0c1a52-9a3d-4a4e-8a3e-0d6f6a1d8a55', now(), 0, '', 'Atlas CLI v0.13.1');`)
	applied, err := migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Equal(t, []string{own, bytewise, accounts, letterCase, localIDs, searchKeys, publication, spelling, byFollowers, searchWords, searchNames}, versions(applied))
	state, err := migrate.Status(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Equal(t, all, state.Applied)
}

// TestPartialRevision continues where Atlas's command line stopped in a file without a transaction.
func TestPartialRevision(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	const name = "20990101000000_two.sql"
	const first, second = "CREATE TABLE one ();", "CREATE TABLE two ();"
	// A file with only the first statement has the same hash as that statement.
	_, err := migrate.UpFrom(t.Context(), databaseURL, with(t, name, first))
	require.NoError(t, err)
	db := connect(t, databaseURL)
	exec(t, db, `UPDATE atlas_schema_revisions.atlas_schema_revisions
		SET total = 2, applied = 1, partial_hashes = jsonb_build_array('h1:' || encode(sha256(convert_to($1, 'UTF8')), 'base64'))
		WHERE version = '20990101000000'`, first)

	applied, err := migrate.UpFrom(t.Context(), databaseURL, with(t, name, first+"\n"+second))
	require.NoError(t, err)
	require.Equal(t, []string{"20990101000000"}, versions(applied))
	require.Equal(t, []string{"one", "two"}, lines(t, db, `SELECT relname FROM pg_stat_user_tables WHERE relname IN ('one', 'two') ORDER BY 1`))
}

func TestRevisionsFollowTheSearchPath(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	db := connect(t, databaseURL)
	where := `SELECT schemaname || '.' || tablename FROM pg_tables WHERE tablename IN ('users', 'atlas_schema_revisions') ORDER BY 1`

	applied, err := migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Equal(t, all, versions(applied))
	require.Equal(t, []string{"atlas_schema_revisions.atlas_schema_revisions", "public.users"}, lines(t, db, where))

	exec(t, db, `CREATE SCHEMA tenant`)
	_, err = migrate.Check(t.Context(), connect(t, bound(t, databaseURL, "tenant")))
	require.ErrorContains(t, err, "has no migrations yet", "a schema in the URL has a separate history")
	applied, err = migrate.Up(t.Context(), bound(t, databaseURL, "tenant"))
	require.NoError(t, err)
	require.Equal(t, all, versions(applied))
	require.Equal(t, []string{
		"atlas_schema_revisions.atlas_schema_revisions", "public.users",
		"tenant.atlas_schema_revisions", "tenant.users",
	}, lines(t, db, where))
}

// TestRevisionsStayWhereTheyAre uses the table that a URL with search_path=public has created, from a URL without
// search_path.
func TestRevisionsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	_, err := migrate.Up(t.Context(), bound(t, databaseURL, "public"))
	require.NoError(t, err)
	applied, err := migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Empty(t, applied)
	_, err = migrate.Check(t.Context(), connect(t, databaseURL))
	require.NoError(t, err)
}
