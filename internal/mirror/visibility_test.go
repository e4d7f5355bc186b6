package mirror

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
)

// TestMemoryIsNotAheadOfSQL has a commit that is flushed and streamed, and that other sessions do not see, because it
// waits for a synchronous standby. Memory shows it when SQL does, and answers without it meanwhile.
func TestMemoryIsNotAheadOfSQL(t *testing.T) {
	t.Parallel()
	url := privateDatabase(t, map[string]string{"synchronous_commit": "local", "synchronous_standby_names": "absent"})
	conn, slow := connect(t, url), connect(t, url)
	exec(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash)
		SELECT 'n' || n, 'n' || n, '+999' || n, '!' FROM generate_series(0, 9) n`)
	i, hub := startLive(t, url, nil)
	subscription := subscribe(t, hub, followersOf("n0"), commit.Position{})

	exec(t, slow, `SET synchronous_commit = on`)
	committed := make(chan error, 1)
	go func() {
		_, err := slow.Exec(context.Background(), `INSERT INTO user_follows (follower_id, following_id) VALUES ('n1', 'n0')`, pgx.QueryExecModeSimpleProtocol)
		committed <- err
	}()
	follows := func() (streamed, memory, sql int) {
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM user_follows WHERE follower_id = 'n1'`).Scan(&sql))
		return i.following.Load().Version().Follows(), i.served.Load().Follows(), sql
	}
	require.Eventually(t, func() bool { streamed, _, _ := follows(); return streamed == 1 }, testTimeout, tick)

	// Another commit, and a write of the instance itself.
	write(t, url, "n2", "n0")
	ctx, read, err := i.Begin(t.Context(), "")
	require.NoError(t, err)
	i.opts.Patience = 10 * tick
	_, err = i.store.Follow(ctx, follow("n3", "n0"))
	require.NoError(t, err)
	_, _ = read.End(ctx)
	i.opts.Patience = testTimeout
	require.Equal(t, "sql (behind)", read.String(), "an earlier commit is not visible")
	_, memory, sql := follows()
	require.Zero(t, memory)
	require.Zero(t, sql)
	require.Zero(t, hub.Status().Changes, "an event is not ahead of SQL either")
	count, source, _ := i.followers(t, "n0", "")
	require.Equal(t, 2, count)
	require.Equal(t, "sql (behind)", source)

	exec(t, conn, `SELECT pg_cancel_backend($1)`, slow.PgConn().PID())
	require.NoError(t, <-committed)
	require.Eventually(t, func() bool { _, memory, sql := follows(); return sql == 1 && memory == 3 }, testTimeout, tick)
	var got []string
	for len(got) < 3 {
		got = append(got, described(subscription.must().Changes)...)
	}
	require.Equal(t, []string{"+n1>n0", "+n2>n0", "+n3>n0"}, got)
}
