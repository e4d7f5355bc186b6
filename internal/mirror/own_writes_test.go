package mirror

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/viewer"
)

// TestOwnWritesExpire keeps a write as long as a standby that may answer can lack it, by the last answer of the primary.
func TestOwnWritesExpire(t *testing.T) {
	t.Parallel()
	began := time.Now()
	at := func(lsn uint64) commit.Position { return commit.Position{System: 1, Timeline: 1, LSN: lsn} }
	own := newOwnWrites(7*time.Second, 2)
	need := func(caller string, asOf time.Duration) uint64 {
		position, ok := own.need(caller, began.Add(asOf))
		require.True(t, ok)
		return position.LSN
	}
	own.add("a", ownWrite{at: at(10), time: began}, began)
	require.EqualValues(t, 10, need("a", 0))
	require.EqualValues(t, 10, need("a", 6*time.Second))
	require.Zero(t, need("a", 7*time.Second), "although the entry was not removed")
	require.Zero(t, need("b", 0))

	own.add("b", ownWrite{at: at(20), time: began.Add(time.Minute)}, began) // the primary is away
	own.add("c", ownWrite{at: at(30), time: began.Add(time.Minute)}, began)
	require.EqualValues(t, 10, need("b2", 0), "the evicted entry counts for all")
	own.add("d", ownWrite{at: at(40), time: began.Add(time.Minute)}, began.Add(time.Minute))
	require.EqualValues(t, 20, need("other", time.Minute))
	require.EqualValues(t, 40, need("d", time.Minute))
	require.Zero(t, need("d", 2*time.Minute))

	own.add("e", ownWrite{unknown: true, time: began.Add(time.Hour)}, began.Add(time.Hour))
	_, ok := own.need("e", began.Add(time.Hour))
	require.False(t, ok)
	_, ok = own.need("e", began.Add(2*time.Hour))
	require.True(t, ok)
}

// TestOwnWriteOfOldTimeline reads with a position of the new timeline that is older than the caller's own write: a
// standby that follows a promoted server reports the new timeline before it has replayed all of the old one.
func TestOwnWriteOfOldTimeline(t *testing.T) {
	t.Parallel()
	m := New(Options{NoGraph: true, MaxReplicaLag: 5 * time.Second, MaxStaleness: time.Hour, Replicas: []*store.Replica{{}}})
	old, present := commit.Position{System: 1, Timeline: 1, LSN: 1000}, commit.Position{System: 1, Timeline: 2, LSN: 900}
	m.positions.add(time.Now(), present)
	known := &replicaKnown{history: present}
	known.lsn.Store(present.LSN)
	m.replicas[0].known.Store(known)
	m.replicas[0].state.Store(ReplicaReady)
	require.NotNil(t, m.standby(viewer.With(t.Context(), viewer.Viewer{CognitoID: "other", Registered: true}), &Read{mirror: m, after: present}))
	m.own.add("caller", ownWrite{at: old, time: time.Now()}, m.positions.asOf())
	require.Nil(t, m.standby(viewer.With(t.Context(), viewer.Viewer{CognitoID: "caller", Registered: true}), &Read{mirror: m, after: present}))
}

// TestRevokedWhilePrimaryIsAway changes accounts on behalf of an operator, and of a caller without a token. When the
// primary is away, a standby that lacks the changes does not decide what the tokens of these accounts are worth.
func TestRevokedWhilePrimaryIsAway(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	w := startReplicas(t, c.URL(0), []string{c.URL(1)}, func(o *Options) { o.MaxReplicaLag = time.Minute })
	w.become(t, 1, ReplicaReady)
	c.WaitForReplay(t, 1)
	c.Admin(t, 1, `ALTER SYSTEM SET recovery_min_apply_delay = '10min'`, `SELECT pg_reload_conf()`)
	ctx, read := w.as(t, "n1", "")
	require.NoError(t, w.store.SetRole(ctx, "n2", model.UserRoleOptUser))
	_, err := w.store.DeleteAccount(ctx, "n3")
	require.NoError(t, err)
	read.End(ctx)
	ctx, _ = w.begin(t, "")
	_, err = w.store.SetPassword(ctx, "n4", "!!")
	require.NoError(t, err)
	c.Stop(t, 0)
	require.Eventually(t, func() bool { return !w.reachable.Load() }, testTimeout, tick)
	_, _, found := w.CallerAway(t.Context(), "n5", false)
	require.True(t, found, "the standby answers")
	for n := 2; n <= 4; n++ {
		_, _, found := w.CallerAway(t.Context(), fmt.Sprint("n", n), false)
		require.False(t, found, "n%d", n)
	}
}
