package mirror

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testcluster"
)

// clusterOf makes a cluster with a standby that can be streamed, with the accounts n0 to n9 and no follows.
func clusterOf(t *testing.T, major int) (c *testcluster.Cluster, standby int) {
	t.Helper()
	c = testcluster.New(t, testcluster.WithPrograms(testcluster.Programs(t, major)))
	c.Admin(t, 0, `GRANT EXECUTE ON FUNCTION pg_log_standby_snapshot() TO followgraph`)
	exec(t, connect(t, c.URL(0)), `INSERT INTO users (cognito_id, username, phone_number, password_hash)
		SELECT 'n' || n, 'n' || n, '+999' || n, '!' FROM generate_series(0, 9) n`)
	standby = c.AddStandby(t)
	c.Admin(t, standby, `ALTER SYSTEM SET hot_standby_feedback = on`, `SELECT pg_reload_conf()`)
	return c, standby
}

// streamFrom makes an instance read its stream at another address.
func streamFrom(url, elsewhere string) func(*Options) {
	return func(o *Options) {
		stream := StreamOf(url, elsewhere, o.Store)
		stream.Acknowledge = o.Stream.Acknowledge
		o.Stream = stream
	}
}

// TestStreamFromStandby reads in operations that have written, on the instance and on others.
func TestStreamFromStandby(t *testing.T) {
	t.Parallel()
	for _, major := range []int{16, 17, 18} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			t.Parallel()
			c, standby := clusterOf(t, major)
			elsewhere := streamFrom(c.URL(0), c.URL(standby))
			here, there := start(t, c.URL(0), elsewhere), start(t, c.URL(0), elsewhere)
			for n := 1; n < 10; n++ {
				ctx, read := here.begin(t, "")
				_, err := here.store.Follow(ctx, follow(fmt.Sprintf("n%d", n), "n0"))
				require.NoError(t, err)
				count, err := here.count(ctx, "n0")
				require.NoError(t, err)
				require.Equal(t, n, count, "its own write")
				require.Equal(t, "memory", read.String())
				position, _ := read.End(ctx)
				count, source, _ := there.followers(t, "n0", position)
				require.Equal(t, n, count)
				require.Equal(t, "memory", source)
			}
			// Another program, without an account that the instances have, in letters that need the search keys of PostgreSQL.
			exec(t, connect(t, c.URL(0)), `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('é', 'É', '+1', '!')`)
			require.Eventually(t, func() bool { _, _, found, _ := there.TokenVersion("é"); return found }, testTimeout, tick)
			require.True(t, there.stream.Load().FromStandby())
		})
	}
}

// TestStandbyOutOfOrder disturbs a standby in the ways in which operators and accidents do.
func TestStandbyOutOfOrder(t *testing.T) {
	t.Parallel()
	c, standby := clusterOf(t, 18)
	i := newInstance(t, c.URL(0), streamFrom(c.URL(0), c.URL(standby)))
	i.pauseMissing = 100 * tick
	i.opts.Patience = 20 * tick
	i.run(t)
	i.waitFor(t, true)
	conn := connect(t, c.URL(0))

	c.PauseReplay(t, standby)
	write(t, c.URL(0), "n1", "n0")
	position, err := i.position(t.Context())
	require.NoError(t, err)
	count, source, _ := i.followers(t, "n0", position.String())
	require.Equal(t, 1, count)
	require.Equal(t, "sql (behind)", source)
	c.ResumeReplay(t, standby)
	inMemory := func(want int) {
		t.Helper()
		require.Eventually(t, func() bool {
			count, source, _ := i.followers(t, "n0", "")
			return count == want && source == "memory"
		}, testTimeout, tick)
	}
	inMemory(1)

	c.Stop(t, standby)
	i.waitFor(t, false)
	write(t, c.URL(0), "n2", "n0")
	count, source, _ = i.followers(t, "n0", "")
	require.Equal(t, 2, count)
	require.NotEqual(t, "memory", source)
	c.Start(t, standby)
	inMemory(2)

	// Without feedback the primary removes rows of its catalog that the slot needs, which ends the slot.
	c.Admin(t, standby, `ALTER SYSTEM SET max_standby_streaming_delay = 0`, `ALTER SYSTEM SET hot_standby_feedback = off`, `SELECT pg_reload_conf()`)
	ended := func() bool {
		exec(t, conn, `CREATE TABLE gone ()`)
		exec(t, conn, `DROP TABLE gone`)
		c.Admin(t, 0, `VACUUM pg_class`)
		return i.reason() == Impossible && i.served.Load() == nil
	}
	require.Eventually(t, ended, testTimeout, 100*tick)
	err = i.Check(t.Context())
	require.ErrorContains(t, err, "hot_standby_feedback is off")
	_, fix, _ := strings.Cut(err.Error(), "run ")
	require.Equal(t, "ALTER SYSTEM SET hot_standby_feedback = on and SELECT pg_reload_conf() on the standby", fix)
	c.Admin(t, standby, `ALTER SYSTEM SET hot_standby_feedback = on`, `SELECT pg_reload_conf()`)
	write(t, c.URL(0), "n3", "n0")
	inMemory(3)
}

// TestPromotedStandby promotes the standby of the stream while its primary goes on. Its stream goes on, too, and has
// commits that the primary does not have, by transactions whose numbers the primary has seen.
func TestPromotedStandby(t *testing.T) {
	t.Parallel()
	c, standby := clusterOf(t, 16)
	i := start(t, c.URL(0), streamFrom(c.URL(0), c.URL(standby)))
	primary := connect(t, c.URL(0))
	c.Promote(t, standby)
	for range 100 {
		exec(t, primary, `SELECT pg_current_xact_id()`)
	}
	promoted, err := pgx.Connect(t.Context(), c.URL(standby))
	require.NoError(t, err)
	defer func() { _ = promoted.Close(t.Context()) }()
	require.Eventually(t, func() bool {
		_, _ = promoted.Exec(t.Context(), `INSERT INTO user_follows (follower_id, following_id) VALUES (gen_random_uuid()::text, 'n0')`)
		if v := i.served.Load(); v != nil {
			require.Zero(t, v.Follows(), "a commit of another history")
		}
		count, _, _ := i.followers(t, "n0", "")
		require.Zero(t, count)
		return i.Status().Interruptions[CauseServer] > 1
	}, testTimeout, tick)
	_, source, _ := i.followers(t, "n0", "")
	require.Contains(t, source, "sql")
	err = i.Check(t.Context())
	require.NoError(t, err, "it is not the settings")
}

// TestFailoverBesideTheStandby promotes another standby than that of the stream.
func TestFailoverBesideTheStandby(t *testing.T) {
	t.Parallel()
	c, standby := clusterOf(t, 17)
	next := c.AddStandby(t)
	url := c.MultiHostURL()
	i := start(t, url, streamFrom(url, c.URL(standby)))
	before := i.served.Load().Position()
	write(t, url, "n1", "n0")
	c.WaitForReplay(t, next)
	c.WaitForReplay(t, standby)
	c.Stop(t, 0)
	c.Promote(t, next)
	write(t, url, "n2", "n0")
	require.Eventually(t, func() bool {
		ctx, read := i.begin(t, "")
		count, err := i.count(ctx, "n0")
		return err == nil && count == 2 && read.String() == "memory"
	}, testTimeout, tick)
	require.Greater(t, i.served.Load().Position().Timeline, before.Timeline)
}
