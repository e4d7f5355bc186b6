package adopt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestUndoNamesRowsWithoutPlace undoes with rows that the old tables cannot take: undo names them before it begins, and
// gets through once they are changed. A sequence that went past the old type's end is used up, and no id is given out twice.
func TestUndoNamesRowsWithoutPlace(t *testing.T) {
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

	for _, step := range []struct{ err, cure string }{
		{`rows of users that have a larger id than the old column takes, which is integer`, `UPDATE users SET id = 301 WHERE id = 3000000000`},
		{`rows of users that have no email, which the old column needs`, `UPDATE users SET email = 'late@example.com' WHERE id = 301`},
		{`rows of users that have a longer phone_number than the old column takes, which is character varying(20)`, `UPDATE users SET phone_number = '+41446681801' WHERE id = 301`},
		{`rows of user_follows that have a larger id`, `DELETE FROM user_follows WHERE id = 2147483648`},
	} {
		_, err = adopt.Undo(t.Context(), url, options(t))
		require.ErrorContains(t, err, step.err)
		exec(t, conn, step.cure)
	}
	_, err = adopt.Undo(t.Context(), url, options(t))
	require.NoError(t, err)
	require.Equal(t, before, withoutLinks(catalog(t, conn)))
	_, err = conn.Exec(t.Context(), `INSERT INTO user_follows (follower_id, following_id) VALUES ('late', 'user1')`)
	require.ErrorContains(t, err, "reached maximum value of sequence")
}
