package mirror

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/localpg"
	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// privateDatabase starts a server for one test, and returns the URL of its database.
func privateDatabase(t *testing.T, settings map[string]string) string {
	t.Helper()
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	all := map[string]string{"wal_level": "logical", "max_wal_senders": "10", "shared_buffers": "16MB"}
	maps.Copy(all, settings)
	server, err := localpg.Open(t.Context(), localpg.Options{Dir: filepath.Join(closed, "data"), Settings: all})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close(context.Background())) })
	url := server.URL(localpg.DatabaseName)
	_, err = migrate.Up(t.Context(), url)
	require.NoError(t, err)
	return url
}
