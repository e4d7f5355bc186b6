package cluster

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/bench/dataset"
)

// TestCommitStreamIsAvailable starts both kinds of clusters. Followgraph has to be able to read the stream of commits of
// both.
func TestCommitStreamIsAvailable(t *testing.T) {
	t.Parallel()
	for name, durable := range map[string]bool{"kept": true, "thrown away": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c Cluster
			require.NoError(t, c.start(t.Context(), Options{Dataset: dataset.Parameters{Users: 100}}, filepath.Join(t.TempDir(), "data"), durable))
			t.Cleanup(func() { require.NoError(t, c.Close(context.WithoutCancel(t.Context()))) })
			require.NoError(t, makeDatabase(t.Context(), c.server))
			conn, err := pgx.Connect(t.Context(), c.URL)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })
			var level string
			var mayReplicate bool
			require.NoError(t, conn.QueryRow(t.Context(),
				"SELECT current_setting('wal_level'), rolreplication FROM pg_roles WHERE rolname = current_user").Scan(&level, &mayReplicate))
			require.Equal(t, "logical", level)
			require.True(t, mayReplicate)
		})
	}
}
