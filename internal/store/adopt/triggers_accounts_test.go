package adopt_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
	"followgraph/internal/testdb"
)

func keepAccounts(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for range 2 {
		require.NoError(t, pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error { return adopt.InstallAccounts(t.Context(), tx, "public") }))
	}
}

// TestForeignPasswords changes passwords as another program and as Followgraph. Only the other program's change ends
// tokens by the trigger.
func TestForeignPasswords(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	keepAccounts(t, conn)
	const own = `SET LOCAL followgraph.writer = 'own'; `
	exec(t, conn, `BEGIN; `+own+`INSERT INTO users (username, phone_number, password_hash, token_version) VALUES ('a', '+1', 'old', 5); COMMIT`)
	for _, step := range []struct {
		statements string
		want       int64
	}{
		{`UPDATE users SET password_hash = 'new'`, 6},
		{`UPDATE users SET password_hash = 'new'`, 6},
		{`UPDATE users SET firstname = 'Ada', token_version = token_version`, 6},
		{`UPDATE users SET password_hash = 'newer', firstname = 'Bea'`, 7},
		{own + `UPDATE users SET password_hash = 'rehashed'`, 7},
		{own + `UPDATE users SET password_hash = 'set', token_version = token_version + 1`, 8},
	} {
		exec(t, conn, "BEGIN; "+step.statements+"; COMMIT")
		var version int64
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT token_version FROM users`).Scan(&version))
		require.Equal(t, step.want, version, step.statements)
	}
	exec(t, conn, `CREATE SEQUENCE followgraph_adoption.foreign_follows; CREATE SEQUENCE followgraph_adoption.foreign_counts`)
	counts, installed, err := adopt.ForeignWrites(t.Context(), conn)
	require.NoError(t, err)
	require.True(t, installed)
	require.Equal(t, adopt.ForeignWriteCounts{Users: 4, Passwords: 2}, counts)
	// Another program recreates an account under the same id: no token of the earlier account is valid for it.
	exec(t, conn, `DELETE FROM users; INSERT INTO users (username, phone_number, password_hash) VALUES ('a', '+1', 'x')`)
	var version int64
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT token_version FROM users`).Scan(&version))
	require.Greater(t, version, int64(1_700_000_000_000_000))
}

// TestForeignNulls writes NULL explicitly, as object-relational mappers do, into the tables of Followgraph and of the
// service.
func TestForeignNulls(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	keepAccounts(t, conn)
	exec(t, conn, `INSERT INTO users (username, phone_number, password_hash, cognito_id, role, created_at, updated_at) VALUES ('a', '+1', 'x', NULL, NULL, NULL, NULL), ('b', '+2', 'x', 'sub', 'AGENT', '2020-01-02Z', NULL)`)
	exec(t, conn, `UPDATE users SET cognito_id = NULL, role = NULL, created_at = NULL, updated_at = NULL WHERE username = 'b'`)
	var good int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM users WHERE
		username = 'a' AND cognito_id ~ '^local-[0-9a-f-]{36}$' AND role = 'END_USER' AND created_at > now() - interval '1 minute' AND updated_at = created_at
		OR username = 'b' AND cognito_id = 'sub' AND role = 'AGENT' AND created_at = '2020-01-02Z'`).Scan(&good))
	require.Equal(t, 2, good)

	old := service(t, `ALTER TABLE users ALTER created_at TYPE timestamp; SET timezone = 'Asia/Tokyo'`)
	keepAccounts(t, old)
	exec(t, old, `INSERT INTO users (username, phone_number, password_hash, role, created_at) VALUES ('a', '+1', 'x', NULL, NULL); UPDATE users SET password_hash = 'y', created_at = NULL`)
	require.NoError(t, old.QueryRow(t.Context(), `SELECT count(*) FROM users WHERE role = 'END_USER' AND abs(extract(epoch FROM created_at AT TIME ZONE 'UTC' - now())) < 60`).Scan(&good))
	require.Equal(t, 1, good)
}
