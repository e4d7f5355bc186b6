package store_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/localpg"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// importURL is the environment variable that turns this test binary into an importing process.
const importURL = "FOLLOWGRAPH_TEST_IMPORT_URL"

// killGraph returns a graph of 100 users that is imported in many chunks.
func killGraph() []model.FollowRecord { return ring(100, 60) }

var killOptions = store.ImportOptions{CreateUsers: true, ChunkRows: 60}

// TestImportProcess is the process that TestImportFollowsProcessKilled kills; otherwise it does nothing.
func TestImportProcess(t *testing.T) {
	url := os.Getenv(importURL)
	if url == "" {
		return
	}
	importFollows(t, openStore(t, url), killGraph(), killOptions)
}

func TestImportFollowsProcessKilled(t *testing.T) {
	t.Parallel()
	for _, killAt := range []int{0, 60, 1200, 4000} {
		t.Run(strconv.Itoa(killAt), func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn := openStore(t, url), connect(t, url)

			program, err := os.Executable()
			require.NoError(t, err)
			process := exec.Command(program, "-test.run=^TestImportProcess$")
			process.Env = append(os.Environ(), importURL+"="+url)
			require.NoError(t, process.Start())
			await(t, conn, "the import to come this far", `SELECT (SELECT count(*) FROM user_follows) >= $1
				AND EXISTS (SELECT FROM users)`, killAt)
			require.NoError(t, process.Process.Kill())
			_ = process.Wait()
			await(t, conn, "its session to end", `SELECT NOT EXISTS (SELECT FROM pg_stat_activity
				WHERE datname = current_database() AND query LIKE '%import_%' AND pid <> pg_backend_pid())`)

			completesWhole(t, db, conn)
		})
	}
}

// A server that dies during an import restarts with whole chunks.
func TestImportFollowsServerKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgresql")
	open := func() (*localpg.Server, *store.Store) {
		server, err := localpg.Open(t.Context(), localpg.Options{Dir: dir, Durable: true})
		require.NoError(t, err)
		_, err = migrate.Up(t.Context(), server.URL("followgraph"))
		require.NoError(t, err)
		return server, openStore(t, server.URL("followgraph"))
	}
	server, db := open()
	watcher := connect(t, server.URL("followgraph"))

	killed := false
	opts := killOptions
	opts.Progress = func(p store.ImportProgress) {
		if p.Phase == store.PhaseMerge && p.Done >= 3000 && !killed {
			killed = true
			pidFiles, err := filepath.Glob(filepath.Join(dir, "*", "postmaster.pid"))
			require.NoError(t, err)
			require.Len(t, pidFiles, 1)
			pidFile, err := os.ReadFile(pidFiles[0])
			require.NoError(t, err)
			pid, err := strconv.Atoi(string(pidFile[:bytes.IndexByte(pidFile, '\n')]))
			require.NoError(t, err)
			// A session that always has its next statement outlives the first process for a while.
			sessions := query[int64](t, watcher, `SELECT pid::bigint FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid()`)
			for _, pid := range append([]int64{int64(pid)}, sessions...) {
				process, err := os.FindProcess(int(pid))
				require.NoError(t, err)
				require.NoError(t, process.Kill())
			}
		}
	}
	_, err := db.ImportFollows(t.Context(), store.Rows(killGraph()), opts)
	require.True(t, killed)
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	_ = server.Close(t.Context())

	server, db = open()
	defer func() { require.NoError(t, server.Close(context.WithoutCancel(t.Context()))) }()
	completesWhole(t, db, connect(t, server.URL("followgraph")))
}

// completesWhole is completes for the graph of these tests, whatever the number of committed chunks.
func completesWhole(t *testing.T, db *store.Store, conn *pgx.Conn) {
	t.Helper()
	committed := query[int64](t, conn, `SELECT count(*) FROM user_follows`)[0]
	require.Zero(t, committed%killOptions.ChunkRows, "half a chunk is there: %d rows", committed)
	completes(t, db, conn, killGraph(), committed)
}
