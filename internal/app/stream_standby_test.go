package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/testcluster"
)

// TestStreamFromStandby verifies a graph whose stream comes from a standby while another program writes to the primary.
func TestStreamFromStandby(t *testing.T) {
	t.Parallel()
	c := testcluster.New(t, testcluster.WithPrograms(testcluster.Programs(t, 18)))
	database := c.URL(0)
	smallGraph(t, database)
	c.Admin(t, 0, `GRANT EXECUTE ON FUNCTION pg_log_standby_snapshot() TO followgraph`)
	standby := c.AddStandby(t)
	c.Admin(t, standby, `ALTER SYSTEM SET hot_standby_feedback = on`, `SELECT pg_reload_conf()`)
	s := start(t, database, "--graph", "auto", "--stream-url", c.URL(standby), "--admin-listen", "127.0.0.1:0")
	operators := s.operators(t)
	verify := func(admin string) (string, error) {
		v := app.VerifyGraph{MaxDifferences: 10, StreamURL: c.URL(standby)}
		if admin != "" {
			require.NoError(t, v.Admin.Set(admin))
		}
		lines, err := runVerify(t, v, database)
		return fmt.Sprint(lines), err
	}
	require.Eventually(t, func() bool { _, err := verify(operators.address); return err == nil }, loadLimit, 20*time.Millisecond)

	ctx, stop := context.WithCancel(t.Context())
	written := make(chan error, 1)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	go func() {
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		for n := 0; ; n++ {
			_, err := conn.Exec(ctx, `WITH gone AS (DELETE FROM user_follows WHERE id % 3 = $1 AND follower_id LIKE 'w%')
				INSERT INTO user_follows (follower_id, following_id) VALUES ($2, 'ada'), ('ada', $2)`, n%3, fmt.Sprintf("w%d", n))
			if ctx.Err() != nil {
				written <- nil
				return
			}
			if err != nil {
				written <- err
				return
			}
		}
	}()
	for _, admin := range []string{operators.address, operators.address, ""} {
		line, err := verify(admin)
		require.NoError(t, err)
		require.Contains(t, line, "; 0 differences")
	}
	stop()
	require.NoError(t, <-written)
}
