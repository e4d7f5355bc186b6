package adopt_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/profile"
	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

func check(t *testing.T, conn *pgx.Conn) *adopt.Report {
	t.Helper()
	report, err := adopt.Check(t.Context(), conn, adopt.CheckOptions{ParsePhoneNumber: func(number string) (string, error) {
		return profile.ParseLocalPhoneNumber(number, "CH")
	}})
	require.NoError(t, err)
	return report
}

// found are the findings of a kind with a code.
func found(report *adopt.Report, kind adopt.Kind, code string) []adopt.Finding {
	var all []adopt.Finding
	for _, finding := range report.Findings {
		if finding.Kind == kind && finding.Code == code {
			all = append(all, finding)
		}
	}
	return all
}

func TestCheckOfDocumentedService(t *testing.T) {
	t.Parallel()
	report := check(t, service(t, ``))
	require.False(t, report.Blocked(), report.Findings)
	require.NoError(t, report.Blocking())
	require.Equal(t, adopt.LastRevision, report.Revision)
	require.Contains(t, report.What, "the Python service at revision e67a8cedc427, in schema public")
	require.Equal(t, "not begun", report.State)
	require.Len(t, report.Sizes, 3)
	require.Empty(t, report.Findings)
}

// TestBlocking holds that each fault is found, and that the SQL of its finding cures it.
func TestBlocking(t *testing.T) {
	t.Parallel()
	const ada = `INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+41446681800', 'OWNER');`
	for name, test := range map[string]struct {
		statements string
		code, what string // of the finding
		sql        string // in the finding's statements
		uncured    bool   // whether more than SQL is needed
	}{
		"own column of users": {
			statements: ada + `ALTER TABLE users ADD COLUMN is_active boolean NOT NULL DEFAULT true; ALTER TABLE users ALTER COLUMN is_active DROP DEFAULT;`,
			code:       "own-column", what: "users.is_active is the team's own, NOT NULL and has no default", sql: "ALTER TABLE public.users ALTER COLUMN is_active SET DEFAULT 'true'::boolean",
		},
		"own column of follows, most frequent value": {
			statements: `ALTER TABLE user_follows ADD COLUMN source character varying(20);
				INSERT INTO user_follows (follower_id, following_id, source) VALUES ('a', 'b', 'web'), ('b', 'a', 'it''s'), ('c', 'a', 'it''s');
				ALTER TABLE user_follows ALTER COLUMN source SET NOT NULL;`,
			code: "own-column", what: "67 % of the rows", sql: "SET DEFAULT 'it''s'::character varying(20)",
		},
		"own column of counts, no rows": {
			statements: `ALTER TABLE user_follow_stats ADD COLUMN blocked integer NOT NULL`,
			code:       "own-column", what: "user_follow_stats.blocked", sql: "SET DEFAULT 0",
		},
		"own unique column": {
			statements: `ALTER TABLE users ADD COLUMN token uuid NOT NULL UNIQUE`,
			code:       "own-column", what: "another one for each row", sql: "SET DEFAULT gen_random_uuid()",
		},
		"own column with a name of ours": {
			statements: `ALTER TABLE user_follow_stats ADD COLUMN deleted_at date`,
			code:       "own-column-name", what: "user_follow_stats.deleted_at", sql: "RENAME COLUMN deleted_at TO team_deleted_at",
		},
		"foreign key without an action": {
			statements: `CREATE TABLE posts (id serial PRIMARY KEY, author integer REFERENCES users)`,
			code:       "foreign-key", what: "posts.posts_author_fkey references users and refuses", sql: "ON DELETE CASCADE NOT VALID",
		},
		"foreign key that sets null in a column that cannot": {
			statements: `CREATE TABLE posts (id serial PRIMARY KEY, author integer NOT NULL REFERENCES users ON DELETE SET NULL)`,
			code:       "foreign-key", what: "NOT NULL", sql: "VALIDATE CONSTRAINT posts_author_fkey",
		},
		"foreign key to a follow": {
			statements: `CREATE TABLE notices (follow integer REFERENCES user_follows)`,
			code:       "foreign-key", what: "references user_follows and refuses", sql: "ON DELETE CASCADE NOT VALID",
		},
		"foreign key of follows": {
			statements: `ALTER TABLE users ADD COLUMN cognito_id character varying UNIQUE;
				ALTER TABLE user_follows ADD FOREIGN KEY (follower_id) REFERENCES users (cognito_id) ON DELETE CASCADE`,
			code: "foreign-key", what: "also those without an account", sql: "DROP CONSTRAINT",
		},
		"materialized view": {
			statements: `CREATE MATERIALIZED VIEW m AS SELECT id FROM users`,
			code:       "dependent", what: "materialized view public.m", sql: "DROP MATERIALIZED VIEW public.m",
		},
		"materialized view over a view": {
			statements: `CREATE VIEW v AS SELECT id FROM users; CREATE MATERIALIZED VIEW m AS SELECT * FROM v`,
			code:       "dependent", what: "refers to public.v", sql: "DROP MATERIALIZED VIEW public.m",
		},
		"column of a row": {
			statements: `CREATE TABLE archive (what user_follows)`,
			code:       "dependent", what: "public.archive", uncured: true,
		},
		"role with more labels": {
			statements: `ALTER TYPE userrole ADD VALUE 'GUEST'`,
			code:       "role-labels", what: "does not know: GUEST", sql: "ALTER TYPE public.userrole RENAME TO userrole_old",
		},
		"role with fewer labels": {
			statements: `CREATE TYPE r AS ENUM ('END_USER', 'OWNER', 'AGENT', 'BROKER', 'TC_ADMIN');
				ALTER TABLE users ALTER COLUMN role TYPE r USING role::text::r; DROP TYPE userrole; ALTER TYPE r RENAME TO userrole`,
			code: "role-labels", what: "lacks OPT_USER", sql: "ADD VALUE 'OPT_USER'",
		},
		"role with labels in another order": {
			statements: `CREATE TYPE r AS ENUM ('OPT_USER', 'END_USER', 'OWNER', 'AGENT', 'BROKER', 'TC_ADMIN');
				ALTER TABLE users ALTER COLUMN role TYPE r USING role::text::r, ALTER COLUMN role SET DEFAULT 'OWNER'; DROP TYPE userrole; ALTER TYPE r RENAME TO userrole`,
			code: "role-labels", what: "another order", sql: "ALTER COLUMN role SET DEFAULT 'END_USER'",
		},
		"default that uses a function": {
			statements: `CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM user_follows; END;
				CREATE TABLE snapshots (at timestamptz, follows bigint DEFAULT f())`,
			code: "dependent", what: "default value for column follows of table snapshots uses function f()", uncured: true,
		},
		"role as text": {
			statements: `ALTER TABLE users ALTER COLUMN role TYPE character varying USING role::text; DROP TYPE userrole`,
			code:       "unknown-shape", what: "users.role (character varying, not the enum of roles)", sql: "CREATE TYPE public.userrole",
		},
		"taken name of the enum": {
			statements: `ALTER TYPE userrole RENAME TO user_role; CREATE TYPE userrole AS ENUM ('a')`,
			code:       "role-name", what: "is taken", sql: "RENAME TO team_userrole",
		},
		"ids that are uuids": {
			statements: `ALTER TABLE user_follows ALTER COLUMN follower_id TYPE uuid USING follower_id::uuid`,
			code:       "unknown-shape", what: "user_follows.follower_id (uuid, not character varying)", sql: "TYPE character varying",
		},
		"missing column": {
			statements: `ALTER TABLE users DROP COLUMN city`,
			code:       "unknown-shape", what: "missing: users.city", sql: "ADD COLUMN city character varying",
		},
		"duplicates where no index is": {
			statements: `DROP INDEX ix_users_username; INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+1', 'OWNER'), ('ada', 'h', '+2', 'OWNER')`,
			code:       "duplicates", what: "1 values occur more than once", sql: "HAVING count(*) > 1", uncured: true,
		},
		"nullable number": {
			statements: `ALTER TABLE users ALTER COLUMN phone_number DROP NOT NULL; INSERT INTO users (username, password_hash, role) VALUES ('ada', 'h', 'OWNER')`,
			code:       "nullable", what: "users.phone_number", sql: "SET NOT NULL",
		},
		"no sequence": {
			statements: ada + `ALTER TABLE users ALTER COLUMN id DROP DEFAULT`,
			code:       "no-sequence", what: "users.id", sql: "SET DEFAULT nextval('public.users_id_seq')",
		},
		"shared sequence": {
			statements: `CREATE TABLE posts (id integer DEFAULT nextval('users_id_seq'))`,
			code:       "shared-sequence", what: "public.posts.id", sql: "SET DEFAULT nextval('public.users_own_id_seq')",
		},
		"expression for ids": {
			statements: `ALTER TABLE users ALTER COLUMN id SET DEFAULT 1000 + nextval('users_id_seq')`,
			code:       "id-default", sql: "SET DEFAULT nextval('public.users_id_seq')",
		},
		"taken name of an index": {
			statements: `CREATE INDEX ix_users_created_at ON users (updated_at)`,
			code:       "index-name", sql: "ALTER INDEX public.ix_users_created_at RENAME TO team_ix_users_created_at",
		},
		"partitioned": {
			statements: `DROP TABLE user_follows; CREATE TABLE user_follows (id serial, follower_id character varying NOT NULL, following_id character varying NOT NULL,
				created_at timestamptz DEFAULT now(), PRIMARY KEY (id, follower_id), UNIQUE (follower_id, following_id)) PARTITION BY HASH (follower_id);
				CREATE TABLE part PARTITION OF user_follows FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
			code: "partitioned", uncured: true,
		},
		"inherited": {
			statements: `CREATE TABLE more () INHERITS (users)`,
			code:       "inherited", what: "public.more inherits from users", sql: "NO INHERIT",
		},
		"exclusion": {
			statements: `ALTER TABLE user_follows ADD EXCLUDE USING btree (follower_id WITH =, following_id WITH =)`,
			code:       "exclusion", sql: "DROP CONSTRAINT",
		},
		"earlier revision": {
			statements: `DROP TABLE user_follow_stats; UPDATE alembic_version SET version_num = '94a653acee01'`,
			code:       "earlier-revision", what: "at revision 94a653acee01, an adoption begins from e67a8cedc427: run `alembic upgrade e67a8cedc427`", uncured: true,
		},
		"Alembic disagrees": {
			statements: `UPDATE alembic_version SET version_num = '94a653acee01'`,
			code:       "alembic-disagrees", what: "Alembic says revision 94a653acee01, but the tables are those of e67a8cedc427", uncured: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := service(t, test.statements)
			report := check(t, conn)
			require.True(t, report.Blocked())
			require.Error(t, report.Blocking())
			findings := found(report, adopt.Blocks, test.code)
			require.NotEmpty(t, findings, report.Findings)
			require.Contains(t, findings[0].What, test.what)
			require.Contains(t, strings.Join(findings[0].SQL, ";\n"), test.sql)
			if test.uncured {
				return
			}
			for _, finding := range report.Findings {
				if finding.Kind == adopt.Blocks {
					cure(t, conn, finding)
				}
			}
			report = check(t, conn)
			require.NoError(t, report.Blocking())
		})
	}
}

// cure runs the statements of a finding up to those for after the switch.
func cure(t *testing.T, conn *pgx.Conn, finding adopt.Finding) {
	t.Helper()
	for _, sql := range finding.SQL {
		if strings.HasPrefix(sql, "-- after the switch") {
			return
		}
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
}

// TestNotes holds what is told without being in the way.
func TestNotes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		statements string
		kind       adopt.Kind
		code, what string
	}{
		"null times":           {`INSERT INTO users (username, password_hash, phone_number, role, created_at) VALUES ('ada', 'h', '+41446681800', 'OWNER', NULL)`, adopt.Repairs, "null-time", "users.created_at is null in 1 row"},
		"infinite times":       {`INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ('a', 'b', 'infinity'), ('b', 'a', '12025-01-01'), ('c', 'a', '-infinity')`, adopt.Repairs, "infinite-time", "in 3 rows"},
		"infinite naive times": {`ALTER TABLE users ALTER COLUMN created_at TYPE timestamp; INSERT INTO users (username, password_hash, phone_number, role, created_at) VALUES ('ada', 'h', '+41446681800', 'OWNER', 'infinity')`, adopt.Repairs, "infinite-time", "users.created_at is infinite"},
		"drift":                {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b'); INSERT INTO user_follow_stats VALUES ('a', 0, 1), ('b', 2, 0), ('gone', 1, 0)`, adopt.Repairs, "drift", "in 2 rows"},
		"missing counts":       {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`, adopt.Repairs, "missing-count", "for 2 ids"},
		"follows of oneself":   {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'a')`, adopt.Repairs, "self-follow", "in 1 row,"},
		"missing index":        {`DROP INDEX ix_users_email`, adopt.Repairs, "missing-unique", "(email)"},
		"partial index":        {`DROP INDEX ix_users_email; CREATE UNIQUE INDEX ix_users_email ON users (email) WHERE email <> ''`, adopt.Repairs, "missing-unique", "(email)"},
		"rule":                 {`CREATE RULE keep AS ON DELETE TO user_follows WHERE OLD.id = 0 DO INSTEAD NOTHING`, adopt.Notes, "dependents", "rule keep on public.user_follows"},
		"policy":               {`CREATE POLICY own ON users USING (id > 0)`, adopt.Notes, "dependents", "policy own"},
		"function with a body": {`CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM user_follows; END`, adopt.Notes, "dependents", "function public.f()"},
		"row security":         {`ALTER TABLE user_follows ENABLE ROW LEVEL SECURITY`, adopt.Notes, "row-security", "user_follows"},
		"unlogged":             {`ALTER TABLE user_follows SET UNLOGGED`, adopt.Notes, "unlogged", "user_follows"},
		"publication":          {`CREATE PUBLICATION p FOR TABLE user_follows`, adopt.Notes, "publication", "publication p"},
		"always":               {`ALTER TABLE user_follows ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE user_follows_id_seq; ALTER TABLE user_follows ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY`, adopt.Notes, "identity-always", "user_follows.id"},
		"views":                {`CREATE VIEW v AS SELECT id FROM users; CREATE VIEW w AS SELECT * FROM v`, adopt.Notes, "dependents", "view public.v, view public.w"},
		"views over follows":   {`CREATE VIEW v AS SELECT count(*) FROM user_follows`, adopt.Notes, "dependents", "view public.v"},
		"own mapping":          {`ALTER TABLE users ADD COLUMN cognito_id character varying UNIQUE; INSERT INTO users (username, password_hash, phone_number, role, cognito_id) VALUES ('ada', 'h', '+41446681800', 'OWNER', 's'), ('bob', 'h', '+41446681801', 'OWNER', NULL)`, adopt.Notes, "own-cognito-id", "filled for 1 of 2 accounts"},
		"trigger":              {`CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER noted AFTER INSERT ON users EXECUTE FUNCTION noted()`, adopt.Notes, "trigger", "noted on users calls public.noted()"},
		"counting trigger":     {`CREATE FUNCTION c() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE user_follow_stats SET followers_count = 0; RETURN NULL; END'; CREATE TRIGGER c AFTER INSERT ON user_follows EXECUTE FUNCTION c()`, adopt.Notes, "trigger", "seems to keep the counts"},
		"other enum":           {`ALTER TYPE userrole RENAME TO user_role`, adopt.Notes, "role-name", "public.user_role"},
		"enum elsewhere":       {`CREATE SCHEMA types; ALTER TYPE userrole SET SCHEMA types`, adopt.Notes, "role-name", "types.userrole"},
		"naive times":          {`ALTER TABLE user_follows ALTER COLUMN created_at TYPE timestamp`, adopt.Notes, "naive-time", "user_follows.created_at"},
		"lengths":              {`ALTER TABLE users ALTER COLUMN username TYPE character varying(50), ALTER COLUMN city TYPE text`, adopt.Notes, "lengths", "username character varying(50), city text"},
		"another sequence":     {`ALTER SEQUENCE users_id_seq RENAME TO account_ids`, adopt.Notes, "sequence-name", "public.account_ids"},
		"grants":               {`GRANT SELECT ON users TO pg_monitor; GRANT UPDATE (city) ON users TO PUBLIC`, adopt.Notes, "grants", "PUBLIC, pg_monitor"},
		"letter case":          {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+1', 'OWNER'), ('Ada', 'h', '+2', 'OWNER'), ('bob', 'h', '+3', 'OWNER')`, adopt.Notes, "letter-case", "usernames of 2 accounts"},
		"phone numbers":        {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '044 668 18 00', 'OWNER'), ('bob', 'h', 'unknown', 'OWNER')`, adopt.Notes, "phone-form", "2 accounts are not in the form of E.164; they stay as they are. 1 can be read"},
		"colliding numbers":    {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '044 668 18 00', 'OWNER'), ('bob', 'h', '+41446681800', 'OWNER')`, adopt.Notes, "phone-collision", "2 accounts share 1 phone number"},
		"password hashes":      {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'pbkdf2:1', '+41446681800', 'OWNER')`, adopt.Notes, "password-hash", "in 1 row"},
		"follows by users.id":  {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+41446681800', 'OWNER'), ('bob', 'h', '+41446681801', 'OWNER'); INSERT INTO user_follows (follower_id, following_id) VALUES ('1', '2')`, adopt.Notes, "mapping", "adopt link --ids"},
		"follows by another":   {`ALTER TABLE users ADD COLUMN sub uuid; INSERT INTO users (username, password_hash, phone_number, role, sub) VALUES ('ada', 'h', '+41446681800', 'OWNER', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'); INSERT INTO user_follows (follower_id, following_id) VALUES ('f47ac10b-58cc-4372-a567-0e02b2c3d479', 'x')`, adopt.Notes, "mapping", "adopt link --column sub"},
		"follows of nobody":    {`ALTER TABLE users ADD COLUMN sub text; INSERT INTO users (username, password_hash, phone_number, role, sub) VALUES ('ada', 'h', '+41446681800', 'OWNER', 'a'); INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'x'), ('b', 'a')`, adopt.Notes, "nobody", "2 follows"},
		"follows of the pool":  {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'x')`, adopt.Notes, "mapping", "Cognito pool"},
		"functions by name":    {`CREATE FUNCTION f() RETURNS TABLE (id integer) LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT id FROM users; END'`, adopt.Notes, "functions", "f()"},
		"check of the team's":  {`ALTER TABLE users ADD CHECK (username <> '')`, adopt.Notes, "check", "username"},
		"index to delete by":   {`CREATE TABLE posts (author integer REFERENCES users ON DELETE CASCADE); INSERT INTO users (id, username, password_hash, phone_number, role) VALUES (1, 'ada', 'h', '+41446681800', 'OWNER'); INSERT INTO posts SELECT 1 FROM generate_series(1, 20000); ANALYZE posts`, adopt.Notes, "foreign-key-index", "public.posts"},
		"no version":           {`DROP TABLE alembic_version; ALTER TABLE users ALTER COLUMN city TYPE text`, adopt.Notes, "lengths", "city"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := check(t, service(t, test.statements))
			require.NoError(t, report.Blocking())
			findings := found(report, test.kind, test.code)
			require.Len(t, findings, 1, report.Findings)
			require.Contains(t, findings[0].What, test.what)
			for _, finding := range report.Findings {
				for _, private := range []string{"044 668", "446681800", "ada", "Ada"} {
					require.NotContains(t, finding.What, private)
				}
			}
		})
	}
}

func TestCheckNamesRevision(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ statements, what, revision string }{
		"a revision of the team's": {`UPDATE alembic_version SET version_num = 'f00dcafe0001'`, "Alembic's version is f00dcafe0001, which is the team's own", adopt.LastRevision},
		"no table of Alembic's":    {`DROP TABLE alembic_version`, "without a version of Alembic's", adopt.LastRevision},
		"another name of it":       {`ALTER TABLE alembic_version RENAME TO migrations`, "Alembic's version is e67a8cedc427", adopt.LastRevision},
		"another schema":           {`CREATE SCHEMA auth; ALTER TABLE users SET SCHEMA auth; ALTER TABLE user_follows SET SCHEMA auth; ALTER TABLE user_follow_stats SET SCHEMA auth`, "in schema auth", adopt.LastRevision},
		"before the follows":       {`DROP TABLE user_follows, user_follow_stats`, "at revision 8d2c20ede788", "8d2c20ede788"},
		"before the avatar": {`DROP TABLE user_follows, user_follow_stats; ALTER TABLE users ALTER COLUMN avatar TYPE bytea USING NULL`,
			"at revision b4c6717d0af8", "b4c6717d0af8"},
		"before the profile": {`DROP TABLE user_follows, user_follow_stats; DROP TABLE users; CREATE TABLE users (id serial, username varchar, email varchar, password_hash varchar, fullname varchar, avatar bytea)`,
			"at revision 130a2475f44f", "130a2475f44f"},
		"at the beginning": {`DROP TABLE user_follows, user_follow_stats; DROP TABLE users; CREATE TABLE users (id serial, username varchar, email varchar, password_hash varchar)`,
			"at revision base", "base"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := check(t, service(t, test.statements))
			require.Contains(t, report.What, test.what)
			require.Equal(t, test.revision, report.Revision)
			require.Equal(t, test.revision != adopt.LastRevision, report.Blocked())
		})
	}
}

func TestCheckOfOtherDatabases(t *testing.T) {
	t.Parallel()
	report := check(t, connect(t, testdb.NewEmpty(t)))
	require.Len(t, found(report, adopt.Blocks, "no-tables"), 1)

	report = check(t, connect(t, testdb.New(t)))
	require.False(t, report.Blocked())
	require.Contains(t, report.What, "a database of this program")
	require.Contains(t, report.State, "finished")

	report = check(t, service(t, `CREATE SCHEMA old; CREATE TABLE old.users (LIKE users); SET search_path = nowhere`))
	require.Len(t, found(report, adopt.Blocks, "several-schemas"), 1)

	conn := service(t, `DROP TABLE users`)
	require.Len(t, found(check(t, conn), adopt.Blocks, "no-users"), 1)
}

// TestCheckTellsWhereAdoptionStands follows an adoption through its steps.
func TestCheckTellsWhereAdoptionStands(t *testing.T) {
	t.Parallel()
	conn := service(t, `INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+41446681800', 'OWNER')`)
	url := conn.Config().ConnString()
	_, err := adopt.Prepare(t.Context(), url, adopt.Options{})
	require.NoError(t, err)
	report := check(t, conn)
	require.False(t, report.Blocked())
	require.Equal(t, adopt.StepPrepared, report.Step)
	require.Contains(t, report.State, "adopt switch")

	_, err = adopt.Switch(t.Context(), url, adopt.Options{})
	require.NoError(t, err)
	report = check(t, conn)
	require.Equal(t, adopt.StepSwitched, report.Step)
	require.Contains(t, report.State, "adopt finish")

	_, err = adopt.Undo(t.Context(), url, adopt.Options{})
	require.NoError(t, err)
	report = check(t, conn)
	require.False(t, report.Blocked(), report.Findings)
	require.Empty(t, report.Step)
	require.Equal(t, "not begun", report.State)
}

// TestCheckIsBounded holds that a check waits neither for a lock nor for a statement that takes long.
func TestCheckIsBounded(t *testing.T) {
	t.Parallel()
	conn := service(t, `INSERT INTO user_follows (follower_id, following_id) SELECT g, g + 1 FROM generate_series(1, 20000) AS g`)
	report, err := adopt.Check(t.Context(), conn, adopt.CheckOptions{Limit: time.Millisecond})
	require.NoError(t, err)
	require.NotEmpty(t, found(report, adopt.Notes, "not-counted"))

	other := connect(t, conn.Config().ConnString())
	tx, err := other.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = tx.Exec(t.Context(), `LOCK TABLE user_follow_stats IN ACCESS EXCLUSIVE MODE`)
	require.NoError(t, err)
	_, err = adopt.Check(t.Context(), conn, adopt.CheckOptions{})
	require.ErrorContains(t, err, "another session has locked one of the tables")
}

// TestCheckChangesNothing holds that the catalog and the rows are as before, and that no lock stays.
func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	conn := service(t, `CREATE VIEW v AS SELECT id FROM users; INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '044', 'OWNER')`)
	before, err := adopt.ReadShape(t.Context(), conn)
	require.NoError(t, err)
	// Within a transaction, whose id tells whether anything was written.
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = adopt.Check(t.Context(), tx, adopt.CheckOptions{})
	require.NoError(t, err)
	var written *string
	require.NoError(t, tx.QueryRow(t.Context(), `SELECT pg_current_xact_id_if_assigned()::text`).Scan(&written))
	require.Nil(t, written)
	require.NoError(t, tx.Rollback(t.Context()))

	check(t, conn)
	var locks int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = 'users'::regclass`).Scan(&locks))
	require.Zero(t, locks)
	after, err := adopt.ReadShape(t.Context(), conn)
	require.NoError(t, err)
	require.Equal(t, before, after)
}
