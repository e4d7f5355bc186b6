//go:build unix

package localpg

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestServerSettings(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	server := open(t, Options{Dir: dir, Durable: true, Settings: map[string]string{"work_mem": "5MB"}})

	for setting, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
		"listen_addresses": "", "TimeZone": "UTC", "jit": "off", "work_mem": "5MB",
		"server_encoding": "UTF8",
	} {
		require.Equal(t, want, query[string](t, server, "SELECT current_setting('"+setting+"')"), setting)
	}
	require.Equal(t, "äöñж", query[string](t, server, "SELECT lower('ÄÖÑЖ')"))
	require.True(t, query[bool](t, server, "SELECT 'Z' < 'a' AND 'z' < 'ä'"), "text sorts by code point")
	require.False(t, query[bool](t, server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
	exec1(t, server, "DROP SCHEMA public; CREATE SCHEMA public") // as migration tools do

	c := clusterOf(t, dir)
	pid := c.livePid()
	session, err := unix.Getsid(pid)
	require.NoError(t, err)
	require.Equal(t, pid, session, "a terminal's Ctrl-C must not reach the server")
	for path, mode := range map[string]os.FileMode{c.dataPath(): 0o700, c.runPath(): 0o700, c.logPath(): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), path)
		s, err := statusOf(info)
		require.NoError(t, err)
		require.Equal(t, c.account.uid, s.owner, path)
	}
}

func TestLastProcessStopsTheServer(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	starter := startChild(t, dir)
	require.Equal(t, "ready", starter.line(t))
	c := clusterOf(t, dir)
	pid := c.livePid()
	require.NotZero(t, pid)

	first := open(t, Options{Dir: dir, Durable: true})
	second := open(t, Options{Dir: dir, Durable: true})
	require.Equal(t, first.URL("x"), second.URL("x"))
	exec1(t, first, "CREATE TABLE kept AS SELECT 1 AS n")

	starter.leave(t)
	leave(t, first)
	require.Equal(t, pid, c.livePid(), "one still uses it")
	require.Equal(t, int32(1), query[int32](t, second, "SELECT n FROM kept"))
	leave(t, second)
	require.Zero(t, c.livePid(), "the last one left")
	leave(t, second) // a second call does nothing

	again := open(t, Options{Dir: dir, Durable: true})
	require.Equal(t, int32(1), query[int32](t, again, "SELECT n FROM kept"))
}

func TestKilledStarter(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	starter := startChild(t, dir)
	require.Equal(t, "ready", starter.line(t))
	c := clusterOf(t, dir)
	pid := c.livePid()
	starter.kill(t)

	require.Equal(t, pid, c.livePid(), "the server outlives its starter")
	server := open(t, Options{Dir: dir, Durable: true})
	require.Equal(t, pid, c.livePid(), "the next process joins it")
	leave(t, server)
	require.Zero(t, c.livePid(), "the dead one no longer counts")
}

func TestGuardRestartsAKilledServer(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	server := open(t, Options{Dir: dir, Durable: true})
	exec1(t, server, "CREATE TABLE kept (n integer); INSERT INTO kept VALUES (42)")
	guarded := make(chan struct{})
	go func() {
		defer close(guarded)
		server.Guard(t.Context())
	}()

	c := clusterOf(t, dir)
	for range 2 {
		killed := killServer(t, dir)
		eventually(t, func() bool {
			pid := c.livePid()
			state, err := c.probe(t.Context())
			return pid != 0 && pid != killed && err == nil && state == accepting
		}, "a new server accepts connections")
		require.Equal(t, int32(42), query[int32](t, server, "SELECT n FROM kept"), "at the same URL")
	}
	leave(t, server)
	<-guarded
	require.Zero(t, c.livePid(), "the guard ends with its server and does not bring it back")
}

func TestOpenAfterAKilledServer(t *testing.T) {
	t.Parallel()
	for name, durable := range map[string]bool{"durable": true, "disposable": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := Options{Dir: newDir(t), Durable: durable}
			server := open(t, opts)
			exec1(t, server, "CREATE TABLE kept AS SELECT 1 AS n")
			killed := killServer(t, opts.Dir)
			eventually(t, func() bool { return !isPostgres(killed) }, "the killed server is gone")

			server = open(t, opts)
			require.Equal(t, durable, query[bool](t, server, "SELECT to_regclass('kept') IS NOT NULL"))
		})
	}
}

// TestStalePidOfAnotherProgram simulates a reset of the machine, after which the process id in postmaster.pid may
// belong to another program.
func TestStalePidOfAnotherProgram(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: newDir(t), Durable: true}
	server := open(t, opts)
	exec1(t, server, "CREATE TABLE kept AS SELECT 1 AS n")
	c := clusterOf(t, opts.Dir)
	pidFile := filepath.Join(c.dataPath(), "postmaster.pid")
	stale, err := os.ReadFile(pidFile)
	require.NoError(t, err)
	leave(t, server)

	// PostgreSQL considers only processes of its own user.
	other, err := clusterForCommands(t, opts.Dir, "/bin").command(t.Context(), "sleep", "1000")
	require.NoError(t, err)
	require.NoError(t, other.Start())
	t.Cleanup(func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	})
	_, rest, _ := strings.Cut(string(stale), "\n")
	require.NoError(t, os.WriteFile(pidFile, []byte(strconv.Itoa(other.Process.Pid)+"\n"+rest), 0o600))
	file, err := os.Open(pidFile)
	require.NoError(t, err)
	require.NoError(t, c.account.give(file))
	require.NoError(t, file.Close())

	server = open(t, opts)
	require.Equal(t, int32(1), query[int32](t, server, "SELECT n FROM kept"))
	require.NoError(t, other.Process.Signal(syscall.Signal(0)), "the other program was left alone")
}

func clusterForCommands(t *testing.T, dir, programDir string) *cluster {
	t.Helper()
	c := clusterOf(t, dir)
	c.programs = programs{dir: programDir}
	return c
}

// TestInterruptedInitdb kills a process whose initdb continues. Its files must not disturb the next initdb.
func TestInterruptedInitdb(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	starter := startChild(t, dir, "PATH="+stuckInitdb(t)+":"+os.Getenv("PATH"))
	pidFile := filepath.Join(dir, unfinishedPrefix+"*", "pid")
	var pid int
	eventually(t, func() bool {
		found, _ := filepath.Glob(pidFile)
		if len(found) == 0 {
			return false
		}
		raw, _ := os.ReadFile(found[0])
		pid, _ = strconv.Atoi(strings.TrimSpace(string(raw)))
		return pid != 0
	}, "initdb is at work")
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	starter.kill(t)

	server := open(t, Options{Dir: dir, Durable: true})
	require.Equal(t, int32(1), query[int32](t, server, "SELECT 1"))
	left, err := filepath.Glob(filepath.Join(dir, unfinishedPrefix+"*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// stuckInitdb creates an installation whose initdb starts to work and never ends.
func stuckInitdb(t *testing.T) string {
	t.Helper()
	found := somePrograms(t)
	dir, err := os.MkdirTemp("", "stuck-initdb-") //nolint:usetesting // the parent of TempDir is closed to the user that runs initdb for root
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	for _, name := range []string{"postgres", "pg_ctl"} {
		require.NoError(t, os.Symlink(found.path(name), filepath.Join(dir, name)))
	}
	const script = `#!/bin/sh
for argument; do
	case $argument in --pgdata=*) data=${argument#--pgdata=} ;; esac
done
echo 15 >"$data/PG_VERSION"
echo $$ >"$data/pid"
exec sleep 1000
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "initdb"), []byte(script), 0o755))
	return dir
}

func TestOpenFailures(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	file := filepath.Join(base, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	pgdata := filepath.Join(base, "pgdata")
	require.NoError(t, os.Mkdir(pgdata, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(pgdata, "PG_VERSION"), []byte("15\n"), 0o600))
	foreign := filepath.Join(base, "foreign")
	require.NoError(t, os.MkdirAll(filepath.Join(foreign, "data"), 0o700))
	old := filepath.Join(base, "old")
	require.NoError(t, os.MkdirAll(filepath.Join(old, "data"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(old, "data", "PG_VERSION"), []byte("9\n"), 0o600))

	for name, test := range map[string]struct {
		opts Options
		want []string
	}{
		"no name":              {Options{}, []string{"has no name"}},
		"a file":               {Options{Dir: file}, []string{file, "not a directory"}},
		"a PGDATA":             {Options{Dir: pgdata}, []string{pgdata, "choose another data directory"}},
		"a foreign data":       {Options{Dir: foreign}, []string{foreign, "not a PostgreSQL data directory", "choose another data directory"}},
		"an unknown version":   {Options{Dir: old, Durable: true}, []string{"version 9", old, "apt-get install postgresql-9"}},
		"an impossible config": {Options{Dir: filepath.Join(base, "config"), Durable: true, Settings: map[string]string{"shared_buffers": "many"}}, []string{"did not start", "shared_buffers"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), test.opts)
			require.Error(t, err)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestOpenRefusesDurabilityThatIsOff(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	open(t, Options{Dir: dir})
	_, err := Open(t.Context(), Options{Dir: dir, Durable: true})
	require.ErrorContains(t, err, "without durable settings")
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	c := clusterOf(t, dir)
	held, err := c.lockStart(t.Context())
	require.NoError(t, err)
	defer held.close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Open(ctx, Options{Dir: dir})
	require.ErrorIs(t, err, context.Canceled)
}

// cancelOn is a log handler that cancels a context when a message is logged.
type cancelOn struct {
	slog.Handler
	message string
	cancel  context.CancelFunc
}

func (h cancelOn) Handle(ctx context.Context, record slog.Record) error {
	if record.Message == h.message {
		h.cancel()
	}
	return h.Handler.Handle(ctx, record)
}

func TestOpenCanceledWhileStarting(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: newDir(t), Durable: true}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opts.Log = slog.New(cancelOn{slog.NewTextHandler(io.Discard, nil), "starting the private PostgreSQL", cancel})
	_, err := Open(ctx, opts)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, clusterOf(t, opts.Dir).livePid(), "no process uses it, so it does not run")

	opts.Log = nil
	require.Equal(t, int32(1), query[int32](t, open(t, opts), "SELECT 1"))
}
