package adopt_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// waitsForLock waits until a session of an adoption is waiting for a lock. It begins the transaction that holds the lock
// again and again, because the adoption does not lock anything while a transaction of half a second holds one.
func waitsForLock(t *testing.T, conn *pgx.Conn, begin func()) {
	t.Helper()
	began := time.Now()
	require.Eventually(t, func() bool {
		if time.Since(began) > 400*time.Millisecond {
			begin()
			began = time.Now()
		}
		var waits bool
		err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
			WHERE NOT l.granted AND a.application_name = 'followgraph adopt' AND a.datname = current_database())`).Scan(&waits)
		return err == nil && waits
	}, 2*time.Minute, 5*time.Millisecond)
}

// TestPrepareNamesBlockingSession keeps a table locked for longer than prepare tries.
func TestPrepareNamesBlockingSession(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, "")
	exec(t, conn, `SET application_name = 'nightly report'; BEGIN; SELECT FROM users; UPDATE user_follows SET created_at = now() WHERE id = 1`)
	_, err := adopt.Prepare(t.Context(), url, adopt.Options{Wait: 2 * time.Second})
	require.ErrorContains(t, err, "no lock within 2s")
	require.ErrorContains(t, err, "application nightly report")
	exec(t, conn, `COMMIT`)
	_, err = adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
}

// TestSwitchWaitsWithoutDeadlock holds a lock on one table in a session that then needs a table which the switch locks
// earlier. The session gets its lock, and then the switch succeeds.
func TestSwitchWaitsWithoutDeadlock(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, variants["team"])
	_, err := adopt.Prepare(t.Context(), url, options(t))
	require.NoError(t, err)
	service := connect(t, url)
	for _, statements := range [][2]string{
		{`UPDATE user_follows SET created_at = now() WHERE id = 1`, `UPDATE users SET city = 'x' WHERE id = 1`},
		{`DELETE FROM refresh_tokens`, `SELECT * FROM user_directory`},
	} {
		exec(t, service, `BEGIN; `+statements[0])
		done := make(chan error, 1)
		go func() {
			_, err := adopt.Switch(t.Context(), url, options(t))
			done <- err
		}()
		waitsForLock(t, conn, func() { exec(t, service, `ROLLBACK; BEGIN; `+statements[0]) })
		exec(t, service, statements[1]+`; COMMIT`)
		require.NoError(t, <-done)
		_, err := adopt.Undo(t.Context(), url, options(t))
		require.NoError(t, err)
		_, err = adopt.Prepare(t.Context(), url, options(t))
		require.NoError(t, err)
	}
}

// TestStepsInOrder runs each command at a step where it does not fit.
func TestStepsInOrder(t *testing.T) {
	t.Parallel()
	url, conn := serviceDatabase(t, "")
	run := map[string]func() error{
		"prepare": func() error { _, err := adopt.Prepare(t.Context(), url, options(t)); return err },
		"switch":  func() error { _, err := adopt.Switch(t.Context(), url, options(t)); return err },
		"undo":    func() error { _, err := adopt.Undo(t.Context(), url, options(t)); return err },
		"finish": func() error {
			return adopt.Finish(t.Context(), url, adopt.FinishOptions{Options: options(t), Sample: time.Millisecond})
		},
	}
	require.ErrorContains(t, run["switch"](), "run `followgraph adopt check`, then `followgraph adopt prepare`")
	require.ErrorContains(t, run["finish"](), "no adoption is in progress")
	require.NoError(t, run["undo"](), "there is nothing to undo")
	require.NoError(t, run["prepare"]())
	require.ErrorContains(t, run["finish"](), "run `followgraph adopt switch`")

	// After a migration of the service, the copies no longer fit.
	exec(t, conn, `ALTER TABLE users ADD COLUMN added text`)
	require.ErrorContains(t, run["switch"](), `"added"`)
	require.ErrorContains(t, run["prepare"](), "run `followgraph adopt undo`, then `followgraph adopt prepare`")
	require.NoError(t, run["undo"]())
	require.NoError(t, run["prepare"]())

	// Without its triggers, the copy would miss changes.
	exec(t, conn, `DROP TRIGGER zz_followgraph_log ON user_follows; DELETE FROM user_follows WHERE id < 100`)
	require.ErrorContains(t, run["switch"](), "run `followgraph adopt prepare` again")
	require.NoError(t, run["prepare"]())
	// A truncation is noticed, too.
	exec(t, conn, `TRUNCATE user_follows; INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`)
	require.NoError(t, run["switch"]())
	var follows int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM user_follows`).Scan(&follows))
	require.Equal(t, 1, follows)
	require.Zero(t, drifts(t, conn, "public"))
	require.ErrorContains(t, run["prepare"](), "switched already")

	service := startWriters(t, url, 1)
	err := adopt.Finish(t.Context(), url, adopt.FinishOptions{Options: options(t), Sample: 500 * time.Millisecond})
	require.ErrorContains(t, err, "another program wrote")
	service.end(conn, "public")
	require.NoError(t, run["finish"]())
	require.ErrorContains(t, run["undo"](), "the adoption is finished")
}
