package adopt_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

func offline(t *testing.T, conn *pgx.Conn, version string) (*adopt.OfflineResult, error) {
	t.Helper()
	return adopt.Offline(t.Context(), conn.Config().ConnString(), adopt.Options{}, version)
}

// column returns the strings of one column.
func column(t *testing.T, conn *pgx.Conn, query string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return lines
}

// catalogLines describes the tables, indexes, constraints, enums and sequences of a schema.
func catalogLines(t *testing.T, conn *pgx.Conn, schema string) []string {
	t.Helper()
	_, err := conn.Exec(t.Context(), `SET search_path = `+schema)
	require.NoError(t, err)
	lines := column(t, conn, `
		SELECT line FROM (
		  SELECT concat_ws(' ', 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), l.collname, a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid)) AS line
		  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
		  LEFT JOIN pg_collation AS l ON l.oid = a.attcollation WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
		  UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
		  WHERE connamespace = current_schema()::regnamespace AND contype <> 'n' AND conrelid::regclass::text <> 'alembic_version'
		  UNION ALL SELECT replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = current_schema() AND tablename NOT IN ('alembic_version', 'atlas_schema_revisions')
		  UNION ALL SELECT concat_ws(' ', 'type', typname, (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)) FROM pg_type AS t
		  WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'd')
		  UNION ALL SELECT concat_ws(' ', 'sequence', sequencename, data_type, start_value, increment_by, max_value) FROM pg_sequences WHERE schemaname = current_schema()
		  UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
		  UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'followgraph%'
		) AS lines WHERE line NOT LIKE '%atlas_schema_revisions%' ORDER BY line COLLATE "C"`)
	return lines
}

// TestOfflineEqualsNewDatabase checks that the result equals a new database, whatever form the service's tables had.
func TestOfflineEqualsNewDatabase(t *testing.T) {
	t.Parallel()
	want := catalogLines(t, connect(t, testdb.New(t)), "public")
	const earlier = `DROP TABLE user_follows, user_follow_stats; `
	for name, test := range map[string]struct{ statements, schema, revision string }{
		"documented":       {``, "public", adopt.LastRevision},
		"another enum":     {`ALTER TYPE userrole RENAME TO user_role`, "public", adopt.LastRevision},
		"defaults":         {`ALTER TABLE users ALTER COLUMN role SET DEFAULT 'END_USER', ALTER COLUMN created_at DROP DEFAULT; ALTER TABLE user_follow_stats ALTER COLUMN followers_count SET DEFAULT 0`, "public", adopt.LastRevision},
		"naive times":      {`ALTER TABLE user_follows ALTER COLUMN created_at TYPE timestamp`, "public", adopt.LastRevision},
		"constraint":       {`DROP INDEX idx_follower_following; ALTER TABLE user_follows ADD CONSTRAINT idx_follower_following UNIQUE (follower_id, following_id)`, "public", adopt.LastRevision},
		"ids indexed":      {`CREATE INDEX ix_user_follows_id ON user_follows (id); CREATE INDEX ix_user_follow_stats_user_id ON user_follow_stats (user_id)`, "public", adopt.LastRevision},
		"lengths":          {`ALTER TABLE users ALTER COLUMN username TYPE varchar(50), ALTER COLUMN email TYPE varchar(255)`, "public", adopt.LastRevision},
		"own cognito_id":   {`ALTER TABLE users ADD COLUMN cognito_id varchar UNIQUE`, "public", adopt.LastRevision},
		"bigint":           {`ALTER TABLE users ALTER COLUMN id TYPE bigint; DROP INDEX ix_users_id`, "public", adopt.LastRevision},
		"another sequence": {`ALTER SEQUENCE users_id_seq RENAME TO account_ids`, "public", adopt.LastRevision},
		"nullable":         {`ALTER TABLE users ALTER COLUMN role DROP NOT NULL; ALTER TABLE user_follow_stats ALTER COLUMN followers_count DROP NOT NULL; INSERT INTO user_follow_stats VALUES ('a', NULL, 1)`, "public", adopt.LastRevision},
		"missing indexes":  {`DROP INDEX ix_users_email, idx_follower_id, idx_follower_following`, "public", adopt.LastRevision},
		"another schema":   {`CREATE SCHEMA auth; ALTER TABLE users SET SCHEMA auth; ALTER TABLE user_follows SET SCHEMA auth; ALTER TABLE user_follow_stats SET SCHEMA auth; ALTER TYPE userrole SET SCHEMA auth`, "auth", adopt.LastRevision},
		"before counts":    {`DROP TABLE user_follow_stats`, "public", "94a653acee01"},
		"before follows":   {earlier, "public", "8d2c20ede788"},
		"before avatars":   {earlier + `ALTER TABLE users ALTER COLUMN avatar TYPE bytea USING convert_to(avatar, 'UTF8')`, "public", "b4c6717d0af8"},
		"before profiles": {earlier + `DROP TABLE users; DROP TYPE userrole; CREATE TABLE users (id serial PRIMARY KEY, username varchar NOT NULL, email varchar NOT NULL, password_hash varchar NOT NULL,
			fullname varchar, avatar bytea); CREATE UNIQUE INDEX ix_users_username ON users (username); CREATE UNIQUE INDEX ix_users_email ON users (email); CREATE INDEX ix_users_id ON users (id); CREATE INDEX ix_users_fullname ON users (fullname)`,
			"public", "130a2475f44f"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := service(t, test.statements)
			moved, err := offline(t, conn, "")
			require.NoError(t, err)
			require.Equal(t, test.revision, moved.Revision)
			require.Equal(t, test.schema, moved.Schema)
			require.Equal(t, want, catalogLines(t, conn, test.schema))
			require.Equal(t, []string{adopt.LastRevision}, column(t, conn, `SELECT version_num FROM public.alembic_version`))

			url := conn.Config().ConnString()
			if test.schema != "public" {
				_, err = migrate.Up(t.Context(), url)
				require.ErrorContains(t, err, "search_path=auth")
				url = addressIn(t, url, test.schema)
			}
			applied, err := migrate.Up(t.Context(), url)
			require.NoError(t, err)
			require.Empty(t, applied)
		})
	}
}

// addressIn returns the URL of a database with a search_path.
func addressIn(t *testing.T, url, schema string) string {
	t.Helper()
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return url + separator + "search_path=" + schema
}

// TestOfflineKeepsRows checks the rows after the move.
func TestOfflineKeepsRows(t *testing.T) {
	t.Parallel()
	conn := service(t, `
		INSERT INTO users (id, username, password_hash, phone_number, role, created_at) VALUES
			(1, 'ada', 'h', '+1', 'OWNER', '2025-05-01T00:00:00Z'), (2, 'bob', 'h', '+2', 'AGENT', NULL), (3, 'cy', 'h', '+3', 'AGENT', '2025-06-01T00:00:00Z'),
			(4, 'di', 'h', '+4', 'AGENT', 'infinity');
		SELECT setval('users_id_seq', 70);
		INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b'), ('a', 'a'), ('b', 'a');
		SELECT setval('user_follows_id_seq', 90);
		INSERT INTO user_follow_stats VALUES ('a', 9, 9)`)
	moved, err := offline(t, conn, "20250620000001")
	require.NoError(t, err)
	require.EqualValues(t, 1, moved.Switch.SelfFollows)
	require.Equal(t, []string{"1 2025-05-01", "2 2025-05-01", "3 2025-06-01", "4 2025-06-01"}, column(t, conn, `SELECT id || ' ' || (created_at AT TIME ZONE 'UTC')::date FROM users ORDER BY id`))
	require.Equal(t, []string{"4"}, column(t, conn, `SELECT count(*)::text FROM users WHERE cognito_id LIKE 'local-%'`))
	require.Equal(t, []string{"a b", "b a"}, column(t, conn, `SELECT follower_id || ' ' || following_id FROM user_follows ORDER BY id`))
	require.Equal(t, []string{"a 1 1", "b 1 1"}, column(t, conn, `SELECT concat_ws(' ', user_id, followers_count, followings_count) FROM user_follow_stats ORDER BY 1`))
	require.Equal(t, []string{"71"}, column(t, conn, `INSERT INTO users (username, password_hash, phone_number) VALUES ('next', 'h', '+9') RETURNING id::text`), "an id is never given out twice")
	require.Equal(t, []string{"91"}, column(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('c', 'a') RETURNING id::text`))
}

// TestOfflineRefuses checks that nothing changes if something blocks, or if the baseline does not match.
func TestOfflineRefuses(t *testing.T) {
	t.Parallel()
	conn := service(t, `CREATE TABLE posts (author integer REFERENCES users)`)
	before := catalogLines(t, conn, "public")
	_, err := offline(t, conn, "")
	var blocked *adopt.BlockedError
	require.ErrorAs(t, err, &blocked)
	require.True(t, blocked.Report.Blocked())
	require.Equal(t, before, catalogLines(t, conn, "public"))

	_, err = offline(t, conn, "20250620000000")
	require.EqualError(t, err, "the tables do not match baseline 20250620000000, nothing was changed: they match 20250620000001 (revision e67a8cedc427)")
	require.Equal(t, before, catalogLines(t, conn, "public"))
}

// switchKiller is a killer that starts to count at the statement which stores the switched state.
type switchKiller struct{ killer }

func (k *switchKiller) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if k.seen == 0 && !slices.Contains(data.Args, any(string(adopt.StepSwitched))) {
		return ctx
	}
	return k.killer.TraceQueryStart(ctx, conn, data)
}

// TestOfflineKilledAnywhere kills the move at its first statement, runs it again as `migrate up --offline` does, kills
// it at a later statement, and so on until it succeeds. After the switch only the state shows that it must be run
// again.
func TestOfflineKilledAnywhere(t *testing.T) {
	t.Parallel()
	want := catalogLines(t, connect(t, testdb.New(t)), "public")
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := service(t, `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b'), ('a', 'a')`)
			url := conn.Config().ConnString()
			const early = 20 // kills before the switch
			kills, switched := 0, 0
			for {
				interrupted, err := adopt.OfflineInterrupted(t.Context(), url)
				require.NoError(t, err)
				applied, err := migrate.Up(t.Context(), url)
				var service *migrate.ServiceError
				if err == nil {
					require.Empty(t, applied)
					if !interrupted {
						break
					}
					switched++
					report, err := adopt.CheckDatabase(t.Context(), url, adopt.CheckOptions{Fast: true})
					require.NoError(t, err)
					require.Contains(t, report.State, "switched: run `followgraph migrate up --offline` again")
				} else {
					require.ErrorAs(t, err, &service)
				}
				k := &switchKiller{killer{at: kills + 1, after: after}}
				var tracer pgx.QueryTracer = &k.killer
				switch {
				case switched > 0:
					k.at = switched
				case kills >= early:
					k.at = kills - early + 1
					tracer = k
				}
				moved, err := adopt.Offline(t.Context(), url, adopt.Traced(adopt.Options{}, tracer), "")
				if !k.fired {
					require.NoError(t, err)
					latest, err := migrate.Latest()
					require.NoError(t, err)
					require.Equal(t, latest, moved.Version)
					break
				}
				kills++
			}
			require.Equal(t, want, catalogLines(t, conn, "public"))
			require.Equal(t, []string{"a b"}, column(t, conn, `SELECT follower_id || ' ' || following_id FROM user_follows`))
			require.Greater(t, switched, 5)
		})
	}
}

// TestOfflineRefusesOnlineAdoptions: the service may be running beside an adoption that Offline did not start. Offline
// changes nothing then and says what to run. After an undo it works.
func TestOfflineRefusesOnlineAdoptions(t *testing.T) {
	t.Parallel()
	conn := service(t, ``)
	url := conn.Config().ConnString()
	refuses := func(want string) {
		t.Helper()
		before := catalogLines(t, conn, "public")
		_, err := adopt.OfflineInterrupted(t.Context(), url)
		require.EqualError(t, err, want)
		_, err = offline(t, conn, "")
		require.EqualError(t, err, want)
		require.Equal(t, before, catalogLines(t, conn, "public"))
	}
	_, err := adopt.Prepare(t.Context(), url, adopt.Options{})
	require.NoError(t, err)
	refuses("migrate up --offline is not possible: the database is prepared for the switch: run `followgraph adopt switch` next, or `followgraph adopt undo`")
	_, err = adopt.Switch(t.Context(), url, adopt.Options{})
	require.NoError(t, err)
	refuses("migrate up --offline is not possible: the database is switched already: run `followgraph adopt link`, " +
		"and `followgraph adopt finish` once the Python service is off; `followgraph adopt undo` goes back")
	_, err = adopt.Undo(t.Context(), url, adopt.Options{})
	require.NoError(t, err)
	interrupted, err := adopt.OfflineInterrupted(t.Context(), url)
	require.NoError(t, err)
	require.False(t, interrupted)
	_, err = offline(t, conn, "")
	require.NoError(t, err)
	require.Equal(t, catalogLines(t, connect(t, testdb.New(t)), "public"), catalogLines(t, conn, "public"))
}
