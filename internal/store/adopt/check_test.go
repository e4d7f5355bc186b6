package adopt_test

import (
	"context"
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

// found returns the findings of a kind with a code.
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
	require.Equal(t, "not started", report.State)
	require.Len(t, report.Sizes, 3)
	require.Empty(t, report.Findings)
}

func TestCheckNamesRevision(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ statements, what, revision string }{
		"a revision of the team": {`UPDATE alembic_version SET version_num = 'f00dcafe0001'`, "Alembic version f00dcafe0001, a revision of the team", adopt.LastRevision},
		"no table of Alembic":    {`DROP TABLE alembic_version`, "no Alembic version", adopt.LastRevision},
		"another name of it":     {`ALTER TABLE alembic_version RENAME TO migrations`, "Alembic version e67a8cedc427", adopt.LastRevision},
		"another schema":         {`CREATE SCHEMA auth; ALTER TABLE users SET SCHEMA auth; ALTER TABLE user_follows SET SCHEMA auth; ALTER TABLE user_follow_stats SET SCHEMA auth`, "in schema auth", adopt.LastRevision},
		"before the follows":     {`DROP TABLE user_follows, user_follow_stats`, "at revision 8d2c20ede788", "8d2c20ede788"},
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
	require.Contains(t, report.What, "a Followgraph database")
	require.Contains(t, report.State, "finished")

	report = check(t, service(t, `CREATE SCHEMA old; CREATE TABLE old.users (LIKE users); SET search_path = nowhere`))
	require.Len(t, found(report, adopt.Blocks, "several-schemas"), 1)

	conn := service(t, `DROP TABLE users`)
	require.Len(t, found(check(t, conn), adopt.Blocks, "no-users"), 1)
}

// TestCheckReportsState follows an adoption through its steps.
func TestCheckReportsState(t *testing.T) {
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
	require.Equal(t, "not started", report.State)
}

// TestCheckNamesKeptLinks undoes an adoption whose accounts are linked: prepare takes the ids again, and the check says
// so instead of pointing to `adopt link` with a list.
func TestCheckNamesKeptLinks(t *testing.T) {
	t.Parallel()
	conn := service(t, `INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+41446681800', 'OWNER'), ('bob', 'h', '+41446681801', 'OWNER');
		INSERT INTO user_follows (follower_id, following_id) VALUES ('sub-ada', 'sub-bob'), ('sub-bob', 'sub-else')`)
	url := conn.Config().ConnString()
	mapping := func() string {
		t.Helper()
		findings := found(check(t, conn), adopt.Notes, "mapping")
		require.Len(t, findings, 1)
		return findings[0].What
	}
	require.Contains(t, mapping(), "run `followgraph adopt link` with a list of the pool's users")
	undo := func(statements string) {
		t.Helper()
		_, err := adopt.Prepare(t.Context(), url, adopt.Options{})
		require.NoError(t, err)
		_, err = adopt.Switch(t.Context(), url, adopt.Options{})
		require.NoError(t, err)
		exec(t, conn, statements)
		_, err = adopt.Undo(t.Context(), url, adopt.Options{})
		require.NoError(t, err)
	}
	undo(``)
	require.Contains(t, mapping(), "run `followgraph adopt link` with a list of the pool's users", "made-up ids are no mapping")
	undo(`UPDATE users SET cognito_id = 'sub-' || username`)
	require.Contains(t, mapping(), "followgraph_adoption.links, which an undone adoption has kept, contains 67 % of the ids in follows (3 sampled): prepare uses these links")
	exec(t, conn, `DELETE FROM users`)
	require.Contains(t, mapping(), "run `followgraph adopt link` with a list of the pool's users", "the accounts are gone")
}

// TestCheckIsBounded checks that a check waits neither for a lock nor for a long statement.
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

// TestCheckChangesNothing checks that the catalog and the rows are unchanged and that no lock remains.
func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	conn := service(t, `CREATE VIEW v AS SELECT id FROM users; INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '044', 'OWNER')`)
	before, err := adopt.ReadShape(t.Context(), conn)
	require.NoError(t, err)
	// A transaction gets an id only if it writes.
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
