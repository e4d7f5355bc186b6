package adopt_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestBlocking checks that each fault is found, and that the SQL of its finding fixes it.
func TestBlocking(t *testing.T) {
	t.Parallel()
	const ada = `INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+41446681800', 'OWNER');`
	for name, test := range map[string]struct {
		statements string
		code, what string // of the finding
		sql        string // in the finding's statements
		notSQL     bool   // the fix needs more than SQL
	}{
		"own column of users": {
			statements: ada + `ALTER TABLE users ADD COLUMN is_active boolean NOT NULL DEFAULT true; ALTER TABLE users ALTER COLUMN is_active DROP DEFAULT;`,
			code:       "own-column", what: "users.is_active is a column of the team that is NOT NULL and has no default", sql: "ALTER TABLE public.users ALTER COLUMN is_active SET DEFAULT 'true'::boolean",
		},
		"own column of follows, most frequent value": {
			statements: `ALTER TABLE user_follows ADD COLUMN source character varying(20);
				INSERT INTO user_follows (follower_id, following_id, source) VALUES ('a', 'b', 'web'), ('b', 'a', 'it''s'), ('c', 'a', 'it''s');
				ALTER TABLE user_follows ALTER COLUMN source SET NOT NULL;`,
			code: "own-column", what: "the value of 67 % of the rows", sql: "SET DEFAULT 'it''s'::character varying(20)",
		},
		"own column of counts, no rows": {
			statements: `ALTER TABLE user_follow_stats ADD COLUMN blocked integer NOT NULL`,
			code:       "own-column", what: "user_follow_stats.blocked", sql: "SET DEFAULT 0",
		},
		"own unique column": {
			statements: `ALTER TABLE users ADD COLUMN token uuid NOT NULL UNIQUE`,
			code:       "own-column", what: "a new value for each row", sql: "SET DEFAULT gen_random_uuid()",
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
			code: "foreign-key", what: "also name Cognito users without an account", sql: "DROP CONSTRAINT",
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
			code:       "dependent", what: "public.archive", notSQL: true,
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
			code: "dependent", what: "default value for column follows of table snapshots uses function f()", notSQL: true,
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
			code:       "duplicates", what: "1 value occurs more than once", sql: "HAVING count(*) > 1", notSQL: true,
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
			code: "partitioned", notSQL: true,
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
			code:       "earlier-revision", what: "at revision 94a653acee01, but an adoption starts from e67a8cedc427: run `alembic upgrade e67a8cedc427`", notSQL: true,
		},
		"Alembic disagrees": {
			statements: `UPDATE alembic_version SET version_num = '94a653acee01'`,
			code:       "alembic-disagrees", what: "Alembic's version is 94a653acee01, but the tables are at revision e67a8cedc427", notSQL: true,
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
			if test.notSQL {
				return
			}
			for _, finding := range report.Findings {
				if finding.Kind == adopt.Blocks {
					fix(t, conn, finding)
				}
			}
			report = check(t, conn)
			require.NoError(t, report.Blocking())
		})
	}
}

// fix runs the statements of a finding, except those for after the switch.
func fix(t *testing.T, conn *pgx.Conn, finding adopt.Finding) {
	t.Helper()
	for _, sql := range finding.SQL {
		if strings.HasPrefix(sql, "-- after the switch") {
			return
		}
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
}
