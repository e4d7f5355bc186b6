package mirror

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testcluster"
)

// TestStandbyIsLost kills and freezes the standby while operations read: the primary answers, without an error.
func TestStandbyIsLost(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	w := startReplicas(t, c.URL(0), []string{c.URL(1)}, nil)
	w.become(t, 1, ReplicaReady)
	w.followers(t, "n0", "") // opens a connection
	c.Stop(t, 1)
	count, source, _ := w.followers(t, "n0", "")
	require.Zero(t, count)
	require.Equal(t, "sql (off)", source)
	w.become(t, 1, ReplicaUnreachable)
	c.Start(t, 1)
	w.become(t, 1, ReplicaReady)
	_, source, _ = w.followers(t, "n0", "")
	require.Equal(t, "replica 1", source)

	c.Freeze(t, 1)
	began := time.Now()
	_, source, _ = w.followers(t, "n0", "")
	require.Equal(t, "sql (off)", source)
	require.Less(t, time.Since(began), 9*time.Second, "an operation has 10 s")
	w.become(t, 1, ReplicaUnreachable)
	c.Thaw(t, 1)
	w.become(t, 1, ReplicaReady)
}

// TestSessionsOfAStandbyAreEnded ends the sessions on a standby that answers: it is asked again, and not left out.
func TestSessionsOfAStandbyAreEnded(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	w := startReplicas(t, c.URL(0), []string{c.URL(1)}, nil)
	w.become(t, 1, ReplicaReady)
	admin, err := pgx.Connect(t.Context(), c.AdminURL(1))
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close(context.WithoutCancel(t.Context()))) }()
	sessions := func(action string) (pids []int32) {
		require.NoError(t, admin.QueryRow(t.Context(), "SELECT coalesce(array_agg(pid) FILTER (WHERE "+action+"), '{}') FROM pg_stat_activity WHERE usename = $1",
			testcluster.Role).Scan(&pids))
		return pids
	}
	ended := sessions("pg_terminate_backend(pid)")
	require.NotEmpty(t, ended)
	require.Eventually(t, func() bool {
		now := sessions("true")
		return len(now) > 0 && !slices.ContainsFunc(now, func(pid int32) bool { return slices.Contains(ended, pid) })
	}, testTimeout, tick)
	_, source, _ := w.followers(t, "n0", "")
	require.Equal(t, "replica 1", source)
	require.Zero(t, w.log.count("left out"))
}
