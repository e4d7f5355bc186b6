package changes

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testcluster"
)

// standbyOf makes a cluster with a standby, and returns the options of a stream from it.
func standbyOf(t *testing.T, major int, settings ...testcluster.Option) (c *testcluster.Cluster, standby int, opts Options) {
	t.Helper()
	if major > 0 {
		settings = append(settings, testcluster.WithPrograms(testcluster.Programs(t, major)))
	}
	c = testcluster.New(t, settings...)
	standby = c.AddStandby(t)
	primary := connect(t, c.AdminURL(0))
	call := func(sql string) func(context.Context) error {
		return func(ctx context.Context) error { _, err := primary.Exec(ctx, sql); return err }
	}
	return c, standby, Options{
		URL: c.URL(standby), LogOpen: call(`SELECT pg_log_standby_snapshot()`), FlushLog: call(`SELECT pg_current_xact_id()`),
		Source: sourceOf(t, c.URL(0), func(s *Source) { s.MayLogOpen = true }),
	}
}

// TestDiagnoseStandby mends a standby with the statements that Diagnose returns.
func TestDiagnoseStandby(t *testing.T) {
	t.Parallel()
	c, standby, opts := standbyOf(t, 17, testcluster.WithSetting("max_wal_senders", "2"))
	find := func() []Problem {
		problems, err := Diagnose(t.Context(), opts)
		require.NoError(t, err)
		return problems
	}
	require.Equal(t, []Problem{{
		Feedback, "hot_standby_feedback is off, so the primary server may remove rows that the stream needs",
		"run ALTER SYSTEM SET hot_standby_feedback = on and SELECT pg_reload_conf() on the standby",
	}}, find())
	c.Admin(t, standby, `ALTER SYSTEM SET hot_standby_feedback = on`, `SELECT pg_reload_conf()`)
	require.Eventually(t, func() bool { return len(find()) == 0 }, testTimeout, 10*time.Millisecond)

	exec(t, connect(t, c.AdminURL(0)), `ALTER PUBLICATION followgraph DROP TABLE users`)
	c.WaitForReplay(t, standby)
	problems := find()
	require.Equal(t, NoPublication, problems[0].Code)
	require.Regexp(t, "^on the primary server, ALTER PUBLICATION followgraph ", problems[0].Fix)
	exec(t, connect(t, c.AdminURL(0)), problems[0].Fix[len("on the primary server, "):])
	c.WaitForReplay(t, standby)

	s := start(t, opts)
	require.True(t, s.FromStandby())
	require.NoError(t, s.Verify(t.Context()))
	require.Equal(t, []Problem{{
		NoSender, "all 2 WAL senders are in use", "run ALTER SYSTEM SET max_wal_senders = 12 and restart PostgreSQL",
	}}, find())
	addUser(t, connect(t, c.URL(0)), "ada")
	require.Equal(t, []string{"insert users ada END_USER"}, lines(next(t, s)))

	low := opts
	low.Source = sourceOf(t, c.URL(0), func(s *Source) { s.WALLevel = "replica" })
	problems, err := Diagnose(t.Context(), low)
	require.NoError(t, err)
	require.Equal(t, "on the primary server, wal_level is replica, and must be logical: on the primary server, run ALTER SYSTEM SET wal_level = 'logical' and restart PostgreSQL", problems[0].String())
	problems, err = Diagnose(t.Context(), Options{URL: c.URL(standby)})
	require.NoError(t, err)
	require.Equal(t, []Problem{{Standby, "the server is a standby", "connect to the primary server"}}, problems)
}

func TestDiagnoseOldStandby(t *testing.T) {
	t.Parallel()
	old := state{server: serverState{Version: 150013, IsStandby: true, System: 1}, source: &Source{System: 1}}
	problems := old.problems()
	require.Equal(t, []Code{Standby}, codes(problems))
	require.Equal(t, "the server of --stream-url is a standby of PostgreSQL 15, which cannot stream", problems[0].What)
	few := state{server: serverState{Version: 160000, IsStandby: true, WALLevel: "logical", Feedback: true, MayReplicate: true, Slots: 1, Senders: 5, UsedSenders: 4}, source: &Source{WALLevel: "logical"}}
	require.Equal(t, "4 of 5 WAL senders are in use, and a stream from a standby needs 2", few.problems()[0].What)
}

// TestStandbyWithoutTheRight creates a slot although the role may not ask the primary for its open transactions.
func TestStandbyWithoutTheRight(t *testing.T) {
	t.Parallel()
	c, standby, opts := standbyOf(t, 16)
	c.Admin(t, standby, `ALTER SYSTEM SET hot_standby_feedback = on`, `SELECT pg_reload_conf()`)
	opts.Source = sourceOf(t, c.URL(0), func(*Source) {})
	opts.LogOpen = nil
	require.Eventually(t, func() bool {
		problems, err := Diagnose(t.Context(), opts)
		return err == nil && len(problems) == 0
	}, testTimeout, 10*time.Millisecond)
	start(t, opts)
}

// TestVerify notices a promotion, which the stream does not show.
func TestVerify(t *testing.T) {
	t.Parallel()
	c, standby, opts := standbyOf(t, 18)
	c.Admin(t, standby, `ALTER SYSTEM SET hot_standby_feedback = on`, `SELECT pg_reload_conf()`)
	require.Eventually(t, func() bool {
		problems, err := Diagnose(t.Context(), opts)
		return err == nil && len(problems) == 0
	}, testTimeout, 10*time.Millisecond)
	s := openStream(t, opts)
	exec(t, connect(t, c.URL(0)), `INSERT INTO users (username, phone_number, password_hash, cognito_id) VALUES ('ada', '1', 'h', 'c')`)
	require.Empty(t, load(t, s).usernames(), "the snapshot is that of the standby")
	require.NoError(t, s.Start(t.Context()))
	require.Equal(t, []string{"insert users ada END_USER"}, lines(next(t, s)))
	require.NoError(t, s.Verify(t.Context()))
	c.Promote(t, standby)
	addUser(t, connect(t, c.URL(standby)), "bob")
	require.Equal(t, []string{"insert users bob END_USER"}, lines(next(t, s)))
	require.ErrorIs(t, s.Verify(t.Context()), ErrOtherTimeline)

	// A balancer could lead the other connections to another server, which lacks the slot.
	other := openStream(t, Options{URL: c.URL(0)})
	other.opts.URL = c.URL(standby)
	require.ErrorIs(t, other.Verify(t.Context()), errOtherServer)
	require.ErrorContains(t, other.Load(t.Context(), Sink{}), "load the snapshot")
	require.NoError(t, s.Close(t.Context()))
	require.ErrorIs(t, s.Verify(t.Context()), ErrClosed)

	// PostgreSQL 18 leaves the changes out that are made while there is no publication, with a warning.
	newest := start(t, Options{URL: c.URL(0)})
	conn := connect(t, c.URL(0))
	exec(t, conn, `DROP PUBLICATION followgraph`)
	addUser(t, conn, "cleo")
	_, err := tryNext(t, newest)
	require.ErrorContains(t, err, `skipped loading publication "followgraph"`)
}
