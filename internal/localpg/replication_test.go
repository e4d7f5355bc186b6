//go:build unix

package localpg

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestCommitStream starts servers that allow the product to read the stream of commits, on a new data directory and on
// one of an older version.
func TestCommitStream(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	old := open(t, Options{Dir: dir, Durable: true, Settings: map[string]string{"wal_level": "replica"}})
	require.True(t, query[bool](t, old, "SELECT rolreplication FROM pg_roles WHERE rolname = current_user"))
	conn, err := clusterOf(t, dir).connect(t.Context(), maintenanceDatabase)
	require.NoError(t, err)
	require.NoError(t, conn.Exec(t.Context(), "ALTER ROLE "+DatabaseName+" NOREPLICATION").Close())
	require.NoError(t, conn.Close(t.Context()))
	require.False(t, query[bool](t, old, "SELECT rolreplication FROM pg_roles WHERE rolname = current_user"))
	leave(t, old)

	server := open(t, Options{Dir: dir, Durable: true})
	require.Equal(t, "logical", query[string](t, server, "SHOW wal_level"))
	require.True(t, query[bool](t, server, "SELECT rolreplication FROM pg_roles WHERE rolname = current_user"))
	require.Equal(t, "4GB", query[string](t, server, "SHOW max_slot_wal_keep_size"))

	// The role cannot copy the whole cluster.
	config, err := pgx.ParseConfig(server.URL(DatabaseName))
	require.NoError(t, err)
	config.RuntimeParams["replication"] = "database"
	logical, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, logical.Close(t.Context()))
	config.RuntimeParams["replication"] = "true"
	_, err = pgx.ConnectConfig(t.Context(), config)
	require.ErrorContains(t, err, "no pg_hba.conf entry for replication connection")
}
