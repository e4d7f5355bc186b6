package mirror

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store"
	"followgraph/internal/testcluster"
)

// TestOtherTablesAreLeftOut gives the right standby with a schema in which other tables have the same names.
func TestOtherTablesAreLeftOut(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	c.Admin(t, 0, `CREATE SCHEMA apart`, `GRANT USAGE ON SCHEMA apart TO `+testcluster.Role)
	for _, table := range []string{"users", "user_follows", "user_follow_stats"} {
		c.Admin(t, 0, `CREATE TABLE apart.`+table+` (LIKE public.`+table+` INCLUDING ALL)`, `GRANT SELECT ON apart.`+table+` TO `+testcluster.Role)
	}
	c.WaitForReplay(t, 1)
	apart := c.URL(1) + "?search_path=apart"
	w := startReplicas(t, c.URL(0), []string{apart, c.URL(1)}, nil)
	w.become(t, 1, ReplicaElsewhere)
	w.become(t, 2, ReplicaReady)
	for range 20 {
		_, source, _ := w.followers(t, "n0", "")
		require.Equal(t, "replica 2", source)
	}
}

// TestRestoredTables replaces a table: a standby that follows the primary answers on.
func TestRestoredTables(t *testing.T) {
	t.Parallel()
	c := replicated(t, 1)
	w := startReplicas(t, c.URL(0), nil, nil)
	server, err := store.OpenReplica(t.Context(), c.URL(1), store.Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	r := newReplica(1, server, w.Mirror)
	require.True(t, r.ask(t.Context()))
	require.Equal(t, ReplicaReady, r.state.Load())
	before := r.tables
	c.Admin(t, 0, `ALTER TABLE user_follow_stats RENAME TO dropped`, `CREATE TABLE user_follow_stats (LIKE dropped INCLUDING ALL)`)
	c.WaitForReplay(t, 1)
	require.True(t, r.ask(t.Context()))
	require.Equal(t, ReplicaReady, r.state.Load())
	require.NotEqual(t, before, r.tables)
}
