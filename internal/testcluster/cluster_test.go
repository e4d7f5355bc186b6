//go:build unix

package testcluster

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func insert(t *testing.T, url, follower string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), "INSERT INTO user_follows (follower_id, following_id) VALUES ($1, 'z')", follower)
	return err
}

func followers(t *testing.T, url string) []string {
	t.Helper()
	rows, err := connect(t, url).Query(t.Context(), "SELECT follower_id FROM user_follows ORDER BY 1")
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return found
}

func TestFailover(t *testing.T) {
	t.Parallel()
	c := New(t)
	first, second := c.AddStandby(t), c.AddStandby(t)
	require.NoError(t, insert(t, c.MultiHostURL(), "a"))
	c.WaitForReplay(t, first)
	c.WaitForReplay(t, second)
	require.Equal(t, []string{"a"}, followers(t, c.URL(first)))
	require.ErrorContains(t, insert(t, c.URL(first), "x"), "read-only")

	c.Stop(t, 0)
	c.Promote(t, first)
	require.NoError(t, insert(t, c.MultiHostURL(), "b"))
	c.WaitForReplay(t, second)
	require.Equal(t, []string{"a", "b"}, followers(t, c.URL(second)))

	c.Rejoin(t, 0)
	require.NoError(t, insert(t, c.MultiHostURL(), "c"))
	c.WaitForReplay(t, 0)
	require.Equal(t, []string{"a", "b", "c"}, followers(t, c.URL(0)))

	// A planned switchover.
	c.Shutdown(t, first)
	c.Promote(t, 0)
	require.Equal(t, 0, c.Primary())
	require.NoError(t, insert(t, c.MultiHostURL(), "d"))
}

func TestReplayPauses(t *testing.T) {
	t.Parallel()
	c := New(t)
	i := c.AddStandby(t)
	c.PauseReplay(t, i)
	require.NoError(t, insert(t, c.URL(0), "a"))
	require.Empty(t, followers(t, c.URL(i)))
	c.ResumeReplay(t, i)
	c.WaitForReplay(t, i)
	require.Equal(t, []string{"a"}, followers(t, c.URL(i)))
}

func TestCopyBackup(t *testing.T) {
	t.Parallel()
	c := New(t)
	require.NoError(t, insert(t, c.URL(0), "a"))
	n, err := c.newNode()
	require.NoError(t, err)
	require.NoError(t, c.copyBackup(t.Context(), n))
	require.NoError(t, c.install.WriteFile(n.data+"/standby.signal", nil))
	require.NoError(t, c.install.WriteFile(n.data+"/postgresql.auto.conf", []byte("primary_conninfo = '"+c.conninfo(1)+"'\n")))
	require.NoError(t, n.start(t.Context()))
	require.NoError(t, insert(t, c.URL(0), "b"))
	c.WaitForReplay(t, 1)
	require.Equal(t, []string{"a", "b"}, followers(t, c.URL(1)))
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	c := New(t, WithEmptyDatabase(), WithSetting("max_connections", "12"))
	conn := connect(t, c.URL(0))
	var connections string
	require.NoError(t, conn.QueryRow(t.Context(), "SHOW max_connections").Scan(&connections))
	require.Equal(t, "12", connections)

	c.Freeze(t, 0)
	answer := make(chan error, 1)
	go func() {
		_, err := conn.Exec(t.Context(), "SELECT 1")
		answer <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := pgx.Connect(ctx, c.URL(0))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Empty(t, answer)
	c.Thaw(t, 0)
	require.NoError(t, <-answer)
}

func TestStopLosesSessionsAndStartRecovers(t *testing.T) {
	t.Parallel()
	c := New(t)
	require.NoError(t, insert(t, c.URL(0), "a"))
	c.Stop(t, 0)
	require.Error(t, insert(t, c.URL(0), "b"))
	c.Start(t, 0)
	require.Equal(t, []string{"a"}, followers(t, c.URL(0)))
}
