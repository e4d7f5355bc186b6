package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// pythonDatabase is a database at a version that has no history of ours but, unless
// revision is empty, Alembic's.
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

func TestUpAdoptsPythonDatabase(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at, revision string
		applied      []string
	}{
		{fullname, "130a2475f44f", []string{profile, avatarString, follows, stats, own, bytewise, accounts, letterCase, localIDs}},
		{profile, "b4c6717d0af8", []string{avatarString, follows, stats, own, bytewise, accounts, letterCase, localIDs}},
		{avatarString, "8d2c20ede788", []string{follows, stats, own, bytewise, accounts, letterCase, localIDs}},
		{follows, "94a653acee01", []string{stats, own, bytewise, accounts, letterCase, localIDs}},
		{stats, "e67a8cedc427", []string{own, bytewise, accounts, letterCase, localIDs}},
	}
	want := catalog(t, connect(t, testdb.New(t)))
	for _, test := range tests {
		t.Run(test.revision, func(t *testing.T) {
			t.Parallel()
			databaseURL := pythonDatabase(t, test.at, test.revision)
			db := connect(t, databaseURL)

			state, err := migrate.Status(t.Context(), databaseURL)
			require.NoError(t, err)
			require.Equal(t, test.revision, state.Adopts)
			require.Empty(t, state.Applied)
			require.Len(t, state.Pending, len(test.applied))

			applied, err := migrate.Up(t.Context(), databaseURL)
			require.NoError(t, err)
			require.Equal(t, test.applied, versions(applied))
			exec(t, db, `DROP TABLE alembic_version`)
			require.Equal(t, want, catalog(t, db))

			state, err = migrate.Check(t.Context(), db)
			require.NoError(t, err)
			require.Empty(t, state.Adopts)
			require.Equal(t, append([]string{test.at}, test.applied...), state.Applied)
			applied, err = migrate.Up(t.Context(), databaseURL)
			require.NoError(t, err)
			require.Empty(t, applied)
		})
	}
}

// TestAdoptedDetails adopts a database whose details differ from the replayed
// history in ways that SQLAlchemy's models and autogeneration allow.
func TestAdoptedDetails(t *testing.T) {
	t.Parallel()
	databaseURL := pythonDatabase(t, stats, "e67a8cedc427")
	db := connect(t, databaseURL)
	exec(t, db, `
		ALTER TABLE users ALTER COLUMN id TYPE bigint;
		DROP INDEX ix_users_id;
		ALTER TABLE users ALTER COLUMN role DROP NOT NULL, ALTER COLUMN role DROP DEFAULT,
			ALTER COLUMN created_at DROP DEFAULT, ALTER COLUMN updated_at DROP DEFAULT;
		ALTER TABLE user_follows ALTER COLUMN id DROP DEFAULT;
		DROP SEQUENCE user_follows_id_seq;
		ALTER TABLE user_follows ALTER COLUMN id TYPE bigint;
		ALTER TABLE user_follows ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
		ALTER TABLE user_follows ALTER COLUMN created_at SET NOT NULL, ALTER COLUMN created_at DROP DEFAULT;
		DROP INDEX idx_follower_id;
		ALTER TABLE user_follow_stats ALTER COLUMN followers_count DROP NOT NULL, ALTER COLUMN followers_count DROP DEFAULT,
			ALTER COLUMN updated_at DROP DEFAULT;
		INSERT INTO users (id, username, phone_number, password_hash, role) VALUES (41, 'ada', '+1', 'h', NULL);
		INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ('a', 'b', '2025-06-20T10:00:00Z');
		INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('a', NULL, 1);`)

	_, err := migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	exec(t, db, `DROP TABLE alembic_version`)
	require.Equal(t, catalog(t, connect(t, testdb.New(t))), catalog(t, db))
	require.Equal(t, []string{"41|ada|END_USER"}, lines(t, db, `SELECT concat_ws('|', id, username, role) FROM users`))
	require.Equal(t, []string{"a|0|1", "b|1|0"}, lines(t, db, `SELECT concat_ws('|', user_id, followers_count, followings_count) FROM user_follow_stats ORDER BY 1`))
	require.Equal(t, []string{"42"}, lines(t, db, `INSERT INTO users (username, phone_number, password_hash) VALUES ('next', '+2', 'h') RETURNING id::text`))
	require.Equal(t, []string{"2"}, lines(t, db, `INSERT INTO user_follows (follower_id, following_id) VALUES ('b', 'c') RETURNING id::text`))
}

func TestUpRefusesUnknownTables(t *testing.T) {
	t.Parallel()
	const hint = "run `followgraph migrate up --baseline 20250620000001` (20250620000001_e67a8cedc427_user_follow_stats.sql)"
	for name, test := range map[string]struct{ revision, want string }{
		"no alembic_version": {"", "the database has a users table and no migration history. If its tables are those of the Python service, " + hint},
		"unknown revision":   {"0123456789ab", `the database is of a Python service at revision "0123456789ab", which is not in the migrations. If its tables equal those of a known revision, ` + hint},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pythonDatabase(t, stats, test.revision)
			applied, err := migrate.Up(t.Context(), databaseURL)
			require.EqualError(t, err, test.want)
			require.Empty(t, applied)
			_, err = migrate.Check(t.Context(), connect(t, databaseURL))
			require.EqualError(t, err, test.want)
			require.Empty(t, lines(t, connect(t, databaseURL), `SELECT nspname FROM pg_namespace WHERE nspname = 'atlas_schema_revisions'`), "nothing is left behind")
		})
	}
}

func TestBaseline(t *testing.T) {
	t.Parallel()
	databaseURL := pythonDatabase(t, stats, "")

	_, err := migrate.Up(t.Context(), databaseURL, migrate.WithBaseline("2025"))
	require.EqualError(t, err, `baseline "2025" is not the version of a migration: use one of 20250501000000, 20250506000000, `+
		`20250527000000, 20250527000001, 20250620000000, 20250620000001, 20261123000000, 20261123010000, 20261123020000, 20261129000000, 20261130000000`)

	applied, err := migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(stats))
	require.NoError(t, err)
	require.Equal(t, []string{own, bytewise, accounts, letterCase, localIDs}, versions(applied))
	require.Equal(t, []string{stats + "|1|0|0|e67a8cedc427_user_follow_stats", own + "|2|t|t|followgraph", bytewise + "|2|t|t|bytewise_ids", accounts + "|2|t|t|accounts", letterCase + "|2|t|t|letter_case", localIDs + "|2|t|t|local_ids"},
		lines(t, connect(t, databaseURL), `SELECT concat_ws('|', version, type,
			CASE type WHEN 1 THEN applied::text ELSE (applied > 0)::text::"char"::text END,
			CASE type WHEN 1 THEN total::text ELSE (applied = total)::text::"char"::text END, description)
			FROM atlas_schema_revisions.atlas_schema_revisions ORDER BY version`))

	_, err = migrate.Up(t.Context(), databaseURL, migrate.WithBaseline(stats))
	require.EqualError(t, err, "the database has a migration history, at version 20261130000000: run without a baseline")
}
