package adopt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestUndoNamesRowsThatDoNotFit undoes with rows that the old tables cannot hold: undo names them before it starts, and
// works once they are changed. A sequence beyond the old type's range is exhausted, and no id is assigned twice.
func TestUndoNamesRowsThatDoNotFit(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, `ALTER TABLE users ALTER COLUMN phone_number TYPE varchar(20)`)
	exec(t, conn, `UPDATE users SET email = 'user' || id || '@example.com' WHERE email IS NULL`)
	exec(t, conn, `ALTER TABLE users ALTER COLUMN email SET NOT NULL`)
	exec(t, conn, `SELECT setval('user_follows_id_seq', 2147483647)`)
	before := withoutLinks(catalog(t, conn))
	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), url, options(t))
	require.NoError(t, err)
	exec(t, conn, `INSERT INTO users (id, username, phone_number, password_hash) VALUES (3000000000, 'late', '+4144668180012345678901', 'x')`)
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('late', 'user1')`)

	for _, step := range []struct{ err, fix string }{
		{`users has 1 row with an out-of-range id for the old type integer`, `UPDATE users SET id = 301 WHERE id = 3000000000`},
		{`users has 1 row with no email, which is NOT NULL in the old table`, `UPDATE users SET email = 'late@example.com' WHERE id = 301`},
		{`users has 1 row with a phone_number that is too long for the old type character varying(20)`, `UPDATE users SET phone_number = '+41446681801' WHERE id = 301`},
		{`user_follows has 1 row with an out-of-range id`, `DELETE FROM user_follows WHERE id = 2147483648`},
	} {
		_, err = adopt.Undo(t.Context(), url, options(t))
		require.ErrorContains(t, err, step.err)
		exec(t, conn, step.fix)
	}
	_, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Equal(t, before, withoutLinks(catalog(t, conn)))
	_, err = conn.Exec(t.Context(), `INSERT INTO user_follows (follower_id, following_id) VALUES ('late', 'user1')`)
	require.ErrorContains(t, err, "reached maximum value of sequence")
}
