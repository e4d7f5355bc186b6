package adopt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestNotes checks the findings that do not block.
func TestNotes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		statements string
		kind       adopt.Kind
		code, what string
	}{
		"null times":            {`INSERT INTO users (username, password_hash, phone_number, role, created_at) VALUES ('ada', 'h', '+41446681800', 'OWNER', NULL)`, adopt.Repairs, "null-time", "users.created_at is null in 1 row"},
		"infinite times":        {`INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ('a', 'b', 'infinity'), ('b', 'a', '12025-01-01'), ('c', 'a', '-infinity')`, adopt.Repairs, "infinite-time", "in 3 rows"},
		"infinite naive times":  {`ALTER TABLE users ALTER COLUMN created_at TYPE timestamp; INSERT INTO users (username, password_hash, phone_number, role, created_at) VALUES ('ada', 'h', '+41446681800', 'OWNER', 'infinity')`, adopt.Repairs, "infinite-time", "users.created_at is infinite"},
		"drift":                 {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b'); INSERT INTO user_follow_stats VALUES ('a', 0, 1), ('b', 2, 0), ('gone', 1, 0)`, adopt.Repairs, "drift", "in 2 rows"},
		"missing counts":        {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`, adopt.Repairs, "missing-count", "for 2 ids"},
		"follows of oneself":    {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'a')`, adopt.Repairs, "self-follow", "in 1 row "},
		"missing index":         {`DROP INDEX ix_users_email`, adopt.Repairs, "missing-unique", "(email)"},
		"partial index":         {`DROP INDEX ix_users_email; CREATE UNIQUE INDEX ix_users_email ON users (email) WHERE email <> ''`, adopt.Repairs, "missing-unique", "(email)"},
		"rule":                  {`CREATE RULE keep AS ON DELETE TO user_follows WHERE OLD.id = 0 DO INSTEAD NOTHING`, adopt.Notes, "dependents", "rule keep on public.user_follows"},
		"policy":                {`CREATE POLICY own ON users USING (id > 0)`, adopt.Notes, "dependents", "policy own"},
		"function with a body":  {`CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM user_follows; END`, adopt.Notes, "dependents", "function public.f()"},
		"row security":          {`ALTER TABLE user_follows ENABLE ROW LEVEL SECURITY`, adopt.Notes, "row-security", "user_follows"},
		"unlogged":              {`ALTER TABLE user_follows SET UNLOGGED`, adopt.Notes, "unlogged", "user_follows"},
		"publication":           {`CREATE PUBLICATION p FOR TABLE user_follows`, adopt.Notes, "publication", "publication p"},
		"always":                {`ALTER TABLE user_follows ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE user_follows_id_seq; ALTER TABLE user_follows ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY`, adopt.Notes, "identity-always", "user_follows.id"},
		"views":                 {`CREATE VIEW v AS SELECT id FROM users; CREATE VIEW w AS SELECT * FROM v`, adopt.Notes, "dependents", "view public.v, view public.w"},
		"views over follows":    {`CREATE VIEW v AS SELECT count(*) FROM user_follows`, adopt.Notes, "dependents", "view public.v"},
		"own mapping":           {`ALTER TABLE users ADD COLUMN cognito_id character varying UNIQUE; INSERT INTO users (username, password_hash, phone_number, role, cognito_id) VALUES ('ada', 'h', '+41446681800', 'OWNER', 's'), ('bob', 'h', '+41446681801', 'OWNER', NULL)`, adopt.Notes, "own-cognito-id", "filled for 1 of 2 accounts"},
		"trigger":               {`CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER noted AFTER INSERT ON users EXECUTE FUNCTION noted()`, adopt.Notes, "trigger", "noted on users is kept. It calls public.noted()"},
		"counting trigger":      {`CREATE FUNCTION c() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE user_follow_stats SET followers_count = 0; RETURN NULL; END'; CREATE TRIGGER c AFTER INSERT ON user_follows EXECUTE FUNCTION c()`, adopt.Notes, "trigger", "seems to keep the counts"},
		"other enum":            {`ALTER TYPE userrole RENAME TO user_role`, adopt.Notes, "role-name", "public.user_role"},
		"enum elsewhere":        {`CREATE SCHEMA types; ALTER TYPE userrole SET SCHEMA types`, adopt.Notes, "role-name", "types.userrole"},
		"naive times":           {`ALTER TABLE user_follows ALTER COLUMN created_at TYPE timestamp`, adopt.Notes, "naive-time", "user_follows.created_at"},
		"lengths":               {`ALTER TABLE users ALTER COLUMN username TYPE character varying(50), ALTER COLUMN city TYPE text`, adopt.Notes, "lengths", "username character varying(50), city text"},
		"another sequence":      {`ALTER SEQUENCE users_id_seq RENAME TO account_ids`, adopt.Notes, "sequence-name", "public.account_ids"},
		"grants":                {`GRANT SELECT ON users TO pg_monitor; GRANT UPDATE (city) ON users TO PUBLIC`, adopt.Notes, "grants", "PUBLIC, pg_monitor"},
		"letter case":           {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+1', 'OWNER'), ('Ada', 'h', '+2', 'OWNER'), ('bob', 'h', '+3', 'OWNER')`, adopt.Notes, "letter-case", "usernames of 2 accounts"},
		"phone numbers":         {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '044 668 18 00', 'OWNER'), ('bob', 'h', 'unknown', 'OWNER')`, adopt.Notes, "phone-form", "2 accounts are not in E.164 and are kept as they are. 1 can be parsed"},
		"colliding numbers":     {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '044 668 18 00', 'OWNER'), ('bob', 'h', '+41446681800', 'OWNER')`, adopt.Notes, "phone-collision", "2 accounts share 1 phone number"},
		"password hashes":       {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'pbkdf2:1', '+41446681800', 'OWNER')`, adopt.Notes, "password-hash", "in 1 row"},
		"follows by users.id":   {`INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+41446681800', 'OWNER'), ('bob', 'h', '+41446681801', 'OWNER'); INSERT INTO user_follows (follower_id, following_id) VALUES ('1', '2')`, adopt.Notes, "mapping", "adopt link --ids"},
		"follows by another":    {`ALTER TABLE users ADD COLUMN sub uuid; INSERT INTO users (username, password_hash, phone_number, role, sub) VALUES ('ada', 'h', '+41446681800', 'OWNER', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'); INSERT INTO user_follows (follower_id, following_id) VALUES ('f47ac10b-58cc-4372-a567-0e02b2c3d479', 'x')`, adopt.Notes, "mapping", "adopt link --column sub"},
		"follows of no account": {`ALTER TABLE users ADD COLUMN sub text; INSERT INTO users (username, password_hash, phone_number, role, sub) VALUES ('ada', 'h', '+41446681800', 'OWNER', 'a'); INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'x'), ('b', 'a')`, adopt.Notes, "no-account", "2 follows"},
		"follows of the pool":   {`INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'x')`, adopt.Notes, "mapping", "Cognito pool"},
		"functions by name":     {`CREATE FUNCTION f() RETURNS TABLE (id integer) LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT id FROM users; END'`, adopt.Notes, "functions", "f()"},
		"check of the team's":   {`ALTER TABLE users ADD CHECK (username <> '')`, adopt.Notes, "check", "username"},
		"index to delete by":    {`CREATE TABLE posts (author integer REFERENCES users ON DELETE CASCADE); INSERT INTO users (id, username, password_hash, phone_number, role) VALUES (1, 'ada', 'h', '+41446681800', 'OWNER'); INSERT INTO posts SELECT 1 FROM generate_series(1, 20000); ANALYZE posts`, adopt.Notes, "foreign-key-index", "public.posts"},
		"no version":            {`DROP TABLE alembic_version; ALTER TABLE users ALTER COLUMN city TYPE text`, adopt.Notes, "lengths", "city"},
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
