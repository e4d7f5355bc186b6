package adopt_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// variants are the forms in which databases of the service exist: statements that run after testdata/service.sql.
var variants = map[string]string{
	"plain":          ``,
	"enum_user_role": `ALTER TYPE userrole RENAME TO user_role;`,
	"role_default": `ALTER TABLE users ALTER role SET DEFAULT 'END_USER';
		ALTER TABLE user_follow_stats ALTER followers_count SET DEFAULT 0, ALTER followings_count SET DEFAULT 0;`,
	"python_times": `ALTER TABLE users ALTER created_at DROP DEFAULT, ALTER updated_at DROP DEFAULT;
		ALTER TABLE user_follows ALTER created_at DROP DEFAULT; ALTER TABLE user_follow_stats ALTER updated_at DROP DEFAULT;`,
	"naive_follows": `ALTER TABLE user_follows ALTER created_at TYPE timestamp;`,
	"pair_constraint": `DROP INDEX idx_follower_following;
		ALTER TABLE user_follows ADD CONSTRAINT idx_follower_following UNIQUE (follower_id, following_id);`,
	"ids_indexed": `CREATE INDEX ix_user_follows_id ON user_follows (id); CREATE INDEX ix_user_follow_stats_user_id ON user_follow_stats (user_id);`,
	"string255": `ALTER TABLE users ALTER username TYPE varchar(50), ALTER firstname TYPE varchar(50), ALTER lastname TYPE varchar(50), ALTER avatar TYPE varchar(255),
		ALTER email TYPE varchar(255), ALTER phone_number TYPE varchar(50), ALTER password_hash TYPE varchar(255), ALTER country TYPE varchar(50), ALTER city TYPE varchar(50), ALTER zipcode TYPE varchar(50);`,
	"cognito_id": `ALTER TABLE users ADD COLUMN cognito_id varchar; ALTER TABLE users ADD CONSTRAINT users_cognito_id_key UNIQUE (cognito_id);`,
	"team": `ALTER TABLE users ADD COLUMN is_active boolean NOT NULL DEFAULT true; ALTER TABLE users ADD COLUMN last_login timestamptz;
		CREATE TABLE refresh_tokens (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE, token varchar UNIQUE NOT NULL);
		CREATE VIEW user_directory AS SELECT id, username, firstname, lastname FROM users WHERE is_active;`,
	"trigger": teamTrigger,
	"schema_auth": `CREATE SCHEMA auth; ALTER TABLE users SET SCHEMA auth; ALTER TABLE user_follows SET SCHEMA auth; ALTER TABLE user_follow_stats SET SCHEMA auth;
		ALTER TABLE alembic_version SET SCHEMA auth; ALTER TYPE userrole SET SCHEMA auth;`,
	"sequences":      `ALTER SEQUENCE users_id_seq RENAME TO users_seq; ALTER SEQUENCE user_follows_id_seq OWNED BY NONE;`,
	"not_unique":     `DROP INDEX ix_users_email; CREATE INDEX ix_users_email ON users (email); DROP INDEX idx_follower_following; CREATE INDEX idx_follower_following ON user_follows (follower_id, following_id);`,
	"enum_elsewhere": `CREATE SCHEMA types; ALTER TYPE userrole SET SCHEMA types;`,
}

// rows are rows of the service. Some times are missing or out of range, some counts are wrong or missing, and there are
// self-follows and users without an account.
const rows = `
	INSERT INTO users (username, email, phone_number, password_hash, role, created_at, updated_at)
	SELECT 'user' || n, CASE WHEN n % 7 > 0 THEN 'u' || n || '@example.org' END, '+41' || n, '$2b$12$x', CASE WHEN n % 5 = 0 THEN 'AGENT' ELSE 'END_USER' END::ROLE,
	  CASE WHEN n % 11 = 0 OR n < 3 THEN NULL WHEN n % 13 = 0 THEN 'infinity' ELSE '2025-01-01 10:00Z'::timestamptz + n * interval '1 minute' END, CASE WHEN n % 3 > 0 THEN '2025-06-01Z'::timestamptz END
	FROM generate_series(1, 300) AS n;
	DELETE FROM users WHERE id IN (17, 300);
	INSERT INTO user_follows (follower_id, following_id, created_at)
	SELECT 'sub' || a, 'sub' || (a * b) % 97, CASE WHEN (a + b) % 10 > 0 THEN '2025-02-02Z'::timestamptz + a * interval '1 second' END
	FROM generate_series(1, 90) AS a, generate_series(1, 30) AS b ON CONFLICT DO NOTHING;
	INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
	SELECT 'sub' || n, n % 4, 30 FROM generate_series(0, 80) AS n ON CONFLICT (user_id) DO UPDATE SET followers_count = 1;`

// serviceDatabase creates a database of the service in one of the forms, with rows.
func serviceDatabase(t *testing.T, change string) (string, *pgx.Conn) {
	t.Helper()
	content, err := os.ReadFile("testdata/service.sql")
	require.NoError(t, err)
	url := testdb.NewEmpty(t)
	conn := connect(t, url)
	exec(t, conn, string(content)+change)
	schema, role := "public", "userrole"
	switch {
	case strings.Contains(change, "SCHEMA auth"):
		schema = "auth"
	case strings.Contains(change, "user_role"):
		role = "user_role"
	case strings.Contains(change, "SCHEMA types"):
		role = "types.userrole"
	}
	exec(t, conn, `SET search_path = `+schema+`;`+strings.ReplaceAll(rows, "ROLE", role)+`RESET search_path; ANALYZE`)
	return url, conn
}

func schemaOf(change string) string {
	if strings.Contains(change, "SCHEMA auth") {
		return "auth"
	}
	return "public"
}

// catalog describes the content of a database, without the schemas of an adoption.
func catalog(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	content, err := os.ReadFile("testdata/catalog.sql")
	require.NoError(t, err)
	rows, err := conn.Query(t.Context(), string(content), pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return lines
}

// contents returns the rows of two tables as text. Undo must restore them.
func contents(t *testing.T, conn *pgx.Conn, schema string) []string {
	t.Helper()
	var lines []string
	for _, query := range []string{
		`SELECT concat_ws('|', id, username, email, phone_number, password_hash, role, CASE WHEN isfinite(created_at) THEN created_at END) FROM users ORDER BY id`,
		`SELECT concat_ws('|', id, follower_id, following_id, created_at) FROM user_follows ORDER BY id`,
	} {
		query = strings.ReplaceAll(query, "FROM ", "FROM "+schema+".")
		rows, err := conn.Query(t.Context(), query)
		require.NoError(t, err)
		some, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		lines = append(lines, some...)
	}
	return lines
}

func options(t *testing.T) adopt.Options {
	t.Helper()
	return adopt.Options{Wait: 20 * time.Second}
}

// drifts returns the number of users whose counts differ from the follows.
func drifts(t *testing.T, conn *pgx.Conn, schema string) (count int) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), strings.ReplaceAll(`SELECT count(*) FROM (
		SELECT id, sum(a) AS a, sum(b) AS b FROM (SELECT following_id AS id, 1 AS a, 0 AS b FROM S.user_follows UNION ALL SELECT follower_id, 0, 1 FROM S.user_follows) AS f GROUP BY id
	) AS counted FULL JOIN S.user_follow_stats AS s ON s.user_id = counted.id
	WHERE coalesce(counted.a, 0) <> coalesce(s.followers_count, 0) OR coalesce(counted.b, 0) <> coalesce(s.followings_count, 0)`, "S.", schema+".")).Scan(&count))
	return count
}

// TestMoveOfVariants moves each form there, back, and to the end.
func TestMoveOfVariants(t *testing.T) {
	t.Parallel()
	all := ""
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range variants {
			if !yield(name) {
				return
			}
		}
	}) {
		if name != "sequences" && name != "not_unique" && name != "enum_elsewhere" && name != "enum_user_role" && name != "schema_auth" {
			all += variants[name]
		}
	}
	forms := map[string]string{"together": all + variants["enum_user_role"]}
	for name, change := range variants {
		forms[name] = change
	}
	for name, change := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, conn := serviceDatabase(t, change)
			testBack(t, url, conn, schemaOf(change))
			testForward(t, url, conn, schemaOf(change))
		})
	}
}

// own reports whether a line of the catalog belongs to the team, or differs between any two databases.
func own(line string) bool {
	for _, part := range []string{
		"alembic_version", "refresh_tokens", "user_directory", "count_follow", "is_active", "last_login", "atlas_schema_revisions",
	} {
		if strings.Contains(line, part) {
			return true
		}
	}
	return strings.HasPrefix(line, "schema ")
}

// testForward moves the database to the end.
func testForward(t *testing.T, url string, conn *pgx.Conn, schema string) {
	var before, last int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE follower_id <> following_id), (SELECT max(id) FROM `+schema+`.users) FROM `+schema+`.user_follows`).Scan(&before, &last))
	exec(t, conn, `DELETE FROM `+schema+`.users WHERE id = `+strconv.Itoa(last))
	// Remove some times again.
	exec(t, conn, `UPDATE `+schema+`.users SET created_at = CASE WHEN id % 11 = 0 OR id < 3 THEN NULL WHEN id % 13 = 0 THEN 'infinity' ELSE created_at END`)

	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Zero(t, drifts(t, conn, schema))
	// Prepare finds the links of the undone adoption. Tokens of that time remain invalid.
	var id string
	var version int64
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT cognito_id, token_version FROM `+schema+`.users WHERE username = 'user1'`).Scan(&id, &version))
	require.Equal(t, "sub1", id)
	require.Greater(t, version, int64(4))
	require.NoError(t, adopt.Finish(t.Context(), url, adopt.FinishOptions{Options: options(t), Sample: time.Millisecond}))

	fresh := catalog(t, connect(t, testdb.New(t)))
	exec(t, conn, `SET search_path = `+schema)
	lines := slices.DeleteFunc(catalog(t, conn), own)
	for i := range lines {
		lines[i] = strings.ReplaceAll(strings.ReplaceAll(lines[i], "auth.", "public."), " auth ", " public ")
	}
	slices.Sort(lines)
	want := slices.DeleteFunc(fresh, func(line string) bool { return strings.HasPrefix(line, "schema ") })
	slices.Sort(want)
	require.Equal(t, want, lines)

	// All rows exist, times are complete, and ids continue.
	var follows, without, next int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+schema+`.user_follows`).Scan(&follows))
	require.Equal(t, before, follows)
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+schema+`.users WHERE created_at NOT BETWEEN '2025-01-01Z' AND '2025-01-02Z' OR cognito_id !~ '^local-[0-9a-f-]{36}$' AND username <> 'user1'`).Scan(&without))
	require.Zero(t, without)
	require.NoError(t, conn.QueryRow(t.Context(), `INSERT INTO `+schema+`.users (username, phone_number, password_hash) VALUES ('new', '+1', 'x') RETURNING id`).Scan(&next))
	require.Equal(t, last+1, next, "the id of the account that was deleted last is not given out again")
	// A missing time is that of the previous account, else of the first account with a time.
	var wrong int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+schema+`.users WHERE created_at <> '2025-01-01 10:00Z'::timestamptz + interval '1 minute' *
		CASE WHEN id < 3 THEN 3 WHEN id IN (143, 286) THEN id - 1 WHEN id % 11 = 0 OR id % 13 = 0 THEN (SELECT max(o.id) FROM `+schema+`.users AS o WHERE o.id < users.id AND o.id % 11 > 0 AND o.id % 13 > 0) ELSE id END AND username <> 'new'`).Scan(&wrong))
	require.Zero(t, wrong)

	// `migrate` finds the history in its place.
	if schema == "auth" {
		url += "&search_path=auth"
		if !strings.Contains(url, "?") {
			url = strings.Replace(url, "&", "?", 1)
		}
	}
	state, err := migrate.Status(t.Context(), url)
	require.NoError(t, err)
	require.Empty(t, state.Pending)
	require.Equal(t, state.Latest, state.Current)
}

// testBack moves the database there and back, from prepared and from switched.
func testBack(t *testing.T, url string, conn *pgx.Conn, schema string) {
	before, rowsBefore := catalog(t, conn), contents(t, conn, schema)

	// From prepared.
	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Zero(t, drifts(t, conn, schema))
	undone, err := adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.False(t, undone.Switched)
	require.Equal(t, before, catalog(t, conn))
	require.Equal(t, rowsBefore, contents(t, conn, schema))
	undone, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.True(t, undone.Nothing)

	// From switched.
	_, err = adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	done, err := adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	require.NotZero(t, done.SelfFollows)
	require.Zero(t, drifts(t, conn, schema))
	exec(t, conn, `UPDATE `+schema+`.users SET cognito_id = 'sub1', token_version = 4 WHERE username = 'user1'; DELETE FROM `+schema+`.users WHERE username = 'user2'`)
	undone, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.EqualValues(t, 297, undone.Links)
	require.Equal(t, before, withoutLinks(catalog(t, conn)))
	require.Zero(t, drifts(t, conn, schema))
	var next int
	require.NoError(t, conn.QueryRow(t.Context(), `INSERT INTO `+schema+`.users (username, phone_number, password_hash, role) VALUES ('new', '+1', 'x', 'AGENT') RETURNING id`).Scan(&next))
	require.Equal(t, 301, next)
	var follows int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+schema+`.user_follows`).Scan(&follows))
	require.Equal(t, len(rowsBefore)-298, follows, "follows of oneself are back")
}

func withoutLinks(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "schema followgraph_") || strings.HasPrefix(line, "schema atlas")
	})
}
