package mirror

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
	"followgraph/internal/store"
	"followgraph/internal/testcluster"
	"followgraph/internal/viewer"
)

// statements counts statements by the role of the server.
type statements struct {
	observe.Nothing
	mu sync.Mutex
	by map[observe.Server]int
}

func (s *statements) Statement(_ context.Context, one observe.Statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.Name != "commit_position" {
		s.by[one.Server]++
	}
}

func (s *statements) take() map[observe.Server]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := s.by
	s.by = map[observe.Server]int{}
	return by
}

// withReplicas is an instance without the graph in memory.
type withReplicas struct {
	*instance
	statements *statements
	log        *logLines
}

// replicated makes a cluster with standbys, and the accounts n0 to n9.
func replicated(t *testing.T, standbys int, settings ...testcluster.Option) *testcluster.Cluster {
	t.Helper()
	c := testcluster.New(t, settings...)
	c.Admin(t, 0, "GRANT pg_read_all_stats TO "+testcluster.Role, `INSERT INTO users (cognito_id, username, phone_number, password_hash)
		SELECT 'n' || n, 'n' || n, '+999' || n, '!' FROM generate_series(0, 9) n`)
	for range standbys {
		c.AddStandby(t)
	}
	return c
}

// startReplicas starts an instance whose primary is at url, and waits until all standbys answer.
func startReplicas(t *testing.T, url string, replicas []string, adjust func(*Options)) *withReplicas {
	t.Helper()
	w := &withReplicas{statements: &statements{by: map[observe.Server]int{}}, log: &logLines{}}
	opened, err := store.Open(t.Context(), url, store.Options{MaxConns: 8, Observer: w.statements})
	require.NoError(t, err)
	t.Cleanup(opened.Close)
	opts := Options{
		NoGraph: true, Store: opened, MaxReplicaLag: 5 * time.Second, MaxStaleness: time.Hour,
		Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, url := range replicas {
		replica, err := store.OpenReplica(t.Context(), url, store.Options{MaxConns: 8, Observer: w.statements})
		require.NoError(t, err)
		t.Cleanup(replica.Close)
		opts.Replicas = append(opts.Replicas, replica)
	}
	if adjust != nil {
		adjust(&opts)
	}
	w.instance = &instance{Mirror: New(opts)}
	w.store = w.Store()
	w.run(t)
	return w
}

// become waits until a standby is in a state.
func (w *withReplicas) become(t *testing.T, number int, state ReplicaState) {
	t.Helper()
	require.Eventually(t, func() bool {
		all, _ := w.Replicas()
		return all[number-1].State == state
	}, testTimeout, tick, "replica %d does not become %s", number, state)
}

// as begins an operation of a caller.
func (w *withReplicas) as(t *testing.T, caller, after string) (context.Context, *Read) {
	t.Helper()
	ctx, read := w.begin(t, after)
	return viewer.With(ctx, viewer.Viewer{CognitoID: caller, Registered: true}), read
}

// TestStandbyAnswersInOneRound reads two levels of an operation: each takes one statement, all on the standby, and the
// answer has a position.
func TestStandbyAnswersInOneRound(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	w := startReplicas(t, c.URL(0), []string{c.URL(1)}, nil)
	w.become(t, 1, ReplicaReady)
	w.statements.take()
	ctx, read := w.begin(t, "")
	ctx, spent := meter.With(ctx)
	count, err := w.count(ctx, "n0")
	require.NoError(t, err)
	require.Zero(t, count)
	_, err = w.store.Relations(ctx, "n0", []string{"n1"})
	require.NoError(t, err)
	position, age := read.End(ctx)
	require.NotEmpty(t, position)
	require.Zero(t, age)
	require.Equal(t, "replica 1", read.String())
	require.Equal(t, map[observe.Server]int{observe.ServerReplica: 2}, w.statements.take())
	require.Equal(t, 2, spent.Statements())
	_, operations := w.Replicas()
	require.EqualValues(t, 1, operations)
	require.Equal(t, 1, w.log.count("the replica answers reads"))
}

// TestOwnWritesWhileReplayIsPaused writes and reads: in the operation, in the next one without a position, and on another
// instance with the position. Callers who have not written are answered by the standby.
func TestOwnWritesWhileReplayIsPaused(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1, testcluster.WithSetting("max_standby_streaming_delay", "-1"))
	here, there := startReplicas(t, c.URL(0), []string{c.URL(1)}, nil), startReplicas(t, c.URL(0), []string{c.URL(1)}, nil)
	here.become(t, 1, ReplicaReady)
	there.become(t, 1, ReplicaReady)
	c.PauseReplay(t, 1)
	for n := 1; n < 10; n++ {
		caller := fmt.Sprint("n", n)
		ctx, read := here.as(t, caller, "")
		change, err := here.store.Follow(ctx, follow(caller, "n0"))
		require.NoError(t, err)
		require.True(t, change.Changed)
		count, err := here.count(ctx, "n0")
		require.NoError(t, err)
		require.Equal(t, n, count, "in the operation")
		position, _ := read.End(ctx)

		ctx, read = here.as(t, caller, "")
		count, err = here.count(ctx, "n0")
		require.NoError(t, err)
		require.Equal(t, n, count, "in the next operation of the caller")
		require.Equal(t, "sql (off)", read.String())
		ctx, read = there.as(t, caller, position)
		count, err = there.count(ctx, "n0")
		require.NoError(t, err)
		require.Equal(t, n, count, "on another instance")
		seen, _ := read.End(ctx)
		require.GreaterOrEqual(t, seen, position)
	}
	here.become(t, 1, ReplicaPaused)
	c.ResumeReplay(t, 1)
	c.WaitForReplay(t, 1)
	here.become(t, 1, ReplicaReady)
	count, source, _ := here.followers(t, "n0", "")
	require.Equal(t, 9, count)
	require.Equal(t, "replica 1", source)
	ctx, read := here.as(t, "n9", "")
	count, err := here.count(ctx, "n0")
	require.NoError(t, err)
	require.Equal(t, 9, count)
	require.Equal(t, "replica 1", read.String())
	require.Equal(t, 1, here.log.count("state=paused"), "one line for a change")
}

// TestNewAccountIsSeen reads the account of a caller that was created on another instance, without a position.
func TestNewAccountIsSeen(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	here, there := startReplicas(t, c.URL(0), []string{c.URL(1)}, nil), startReplicas(t, c.URL(0), []string{c.URL(1)}, nil)
	there.become(t, 1, ReplicaReady)
	c.PauseReplay(t, 1)
	ctx, _ := here.begin(t, "")
	_, err := here.store.CreateAccount(ctx, model.NewAccount{
		CognitoID: "new", Profile: model.Profile{Username: "new", PhoneNumber: "+41446681800"}, Role: model.UserRoleEndUser,
	})
	require.NoError(t, err)
	for range 2 {
		ctx, read := there.as(t, "new", "")
		users, err := there.store.Users(ctx, []model.UserKey{{CognitoID: "new"}})
		require.NoError(t, err)
		require.NotNil(t, users[0])
		require.Equal(t, "sql (off)", read.String())
	}
}

// TestLagIsBounded delays the replay: the standby is left out when it is further behind than the bound.
func TestLagIsBounded(t *testing.T) {
	t.Parallel()
	c := replicated(t, 2)
	w := startReplicas(t, c.URL(0), []string{c.URL(1), c.URL(2)}, func(o *Options) { o.MaxReplicaLag = 2 * time.Second })
	w.become(t, 1, ReplicaReady)
	c.Admin(t, 1, "ALTER SYSTEM SET recovery_min_apply_delay = '10min'", "SELECT pg_reload_conf()")
	writes := 0
	require.Eventually(t, func() bool {
		writes++
		write(t, c.URL(0), fmt.Sprint("n", writes), "n0")
		w.followers(t, "n0", "")
		all, _ := w.Replicas()
		return all[0].State == ReplicaBehind || writes == 9
	}, testTimeout, 300*time.Millisecond)
	w.become(t, 1, ReplicaBehind)
	w.become(t, 2, ReplicaReady)
	c.WaitForReplay(t, 2)
	count, source, _ := w.followers(t, "n0", "")
	require.Equal(t, writes, count)
	require.Equal(t, "replica 2", source)
	c.Admin(t, 1, "ALTER SYSTEM RESET recovery_min_apply_delay", "SELECT pg_reload_conf()")
	w.become(t, 1, ReplicaReady)
	require.Equal(t, 1, w.log.count("state=behind"))
}

// TestIdlePrimaryIsNoLag waits longer than the bound without a write.
func TestIdlePrimaryIsNoLag(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	w := startReplicas(t, c.URL(0), []string{c.URL(1)}, func(o *Options) { o.MaxReplicaLag = 2 * time.Second })
	w.become(t, 1, ReplicaReady)
	began := time.Now()
	require.Eventually(t, func() bool {
		_, source, _ := w.followers(t, "n0", "")
		require.Equal(t, "replica 1", source)
		return time.Since(began) > 4*time.Second
	}, testTimeout, 50*time.Millisecond)
}

// TestWrongServersAreLeftOut gives a primary, another cluster and nothing as standbys.
func TestWrongServersAreLeftOut(t *testing.T) {
	t.Parallel()
	c, other := replicated(t, 1), replicated(t, 1)
	nothing := "postgres://nobody:secret@127.0.0.1:1/nothing"
	w := startReplicas(t, c.URL(0), []string{c.URL(0), other.URL(1), nothing, c.URL(1)}, nil)
	w.become(t, 1, ReplicaPromoted)
	w.become(t, 2, ReplicaElsewhere)
	w.become(t, 3, ReplicaUnreachable)
	w.become(t, 4, ReplicaReady)
	for range 20 {
		_, source, _ := w.followers(t, "n0", "")
		require.Equal(t, "replica 4", source)
	}
	require.Zero(t, w.log.count("secret"))
}

// TestPrimaryIsAway reads on while the primary is away, with the age, until the bound. Commits that the standby lacks are
// unavailable.
func TestPrimaryIsAway(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	w := startReplicas(t, c.URL(0), []string{c.URL(1)}, func(o *Options) { o.MaxStaleness = 4 * time.Second; o.MaxReplicaLag = 3 * time.Second })
	w.become(t, 1, ReplicaReady)
	ctx, read := w.as(t, "n1", "")
	_, err := w.store.Follow(ctx, follow("n1", "n0"))
	require.NoError(t, err)
	position, _ := read.End(ctx)
	c.WaitForReplay(t, 1)
	count, _, _ := w.followers(t, "n0", position)
	require.Equal(t, 1, count)
	c.PauseReplay(t, 1)
	ctx, read = w.as(t, "n2", "")
	_, err = w.store.Follow(ctx, follow("n2", "n0"))
	require.NoError(t, err)
	missing, _ := read.End(ctx)
	c.Stop(t, 0)
	require.Eventually(t, func() bool { return !w.reachable.Load() }, testTimeout, tick)

	ctx, read = w.as(t, "n1", position)
	count, err = w.count(ctx, "n0")
	require.NoError(t, err)
	require.Equal(t, 1, count)
	at, age := read.End(ctx)
	require.GreaterOrEqual(t, at, position)
	require.Positive(t, age)
	for _, caller := range []string{"n2", "n3"} {
		ctx, _ := w.as(t, caller, missing)
		_, err := w.count(ctx, "n0")
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "a commit that the standby lacks: %v", err)
	}
	ctx, _ = w.as(t, "n2", "")
	_, err = w.count(ctx, "n0")
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "a caller's own write: %v", err)
	version, role, found := w.CallerAway(t.Context(), "n1", false)
	require.True(t, found)
	require.Zero(t, version)
	require.Equal(t, model.UserRoleEndUser, role)
	_, _, found = w.CallerAway(t.Context(), "new", false)
	require.False(t, found)

	require.Eventually(t, func() bool {
		ctx, _ := w.as(t, "n1", position)
		_, err := w.count(ctx, "n0")
		return apperr.CodeOf(err) == apperr.Unavailable
	}, testTimeout, 50*time.Millisecond, "until the data is too old")
	_, ok := w.ReplicasAnswer()
	require.False(t, ok)
}

// TestPromotion promotes a standby: the other one follows it and answers again, on the new timeline. A position of the
// old one is answered by the primary.
func TestPromotion(t *testing.T) {
	t.Parallel()
	c := replicated(t, 2)
	w := startReplicas(t, c.MultiHostURL(), []string{c.URL(1), c.URL(2)}, nil)
	w.become(t, 1, ReplicaReady)
	w.become(t, 2, ReplicaReady)
	_, _, old := w.followers(t, "n0", "")
	c.Stop(t, 0)
	c.Promote(t, 1)
	w.become(t, 1, ReplicaPromoted)
	require.Eventually(t, func() bool {
		ctx, read := w.as(t, "n1", old)
		_, err := w.store.Follow(ctx, follow("n1", "n0"))
		if err != nil {
			return false
		}
		count, err := w.count(ctx, "n0")
		require.NoError(t, err)
		require.Equal(t, 1, count)
		read.End(ctx)
		return true
	}, testTimeout, 50*time.Millisecond)
	count, source, at := w.followers(t, "n0", old)
	require.Equal(t, 1, count)
	require.Equal(t, "sql (off)", source)
	require.False(t, strings.HasPrefix(at, old[:len(old)-len("1.0000000000000000")]+"1."), "%s is of the new timeline", at)
	w.become(t, 2, ReplicaReady)
	require.Eventually(t, func() bool {
		ctx, read := w.as(t, "n5", at)
		count, err := w.count(ctx, "n0")
		require.NoError(t, err)
		require.Equal(t, 1, count)
		return read.String() == "replica 2"
	}, testTimeout, tick)
}
