//go:build unix

package localpg

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// testTimeout is the time limit of every wait in these tests. It is much longer than a slow machine needs.
const testTimeout = time.Minute

// childDir is the environment variable with the directory that a re-executed test binary opens.
const childDir = "FOLLOWGRAPH_TEST_LOCALPG_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(runChild(dir))
	}
	os.Exit(m.Run())
}

// runChild is another process of the product. It opens a directory, prints a line, and leaves it when its standard
// input ends.
func runChild(dir string) int {
	release, err := LockServe(dir)
	if err != nil {
		fmt.Println("serve:", err)
		return 1
	}
	defer release()
	server, err := Open(context.Background(), Options{Dir: dir, Durable: true})
	if err != nil {
		fmt.Println("open:", err)
		return 1
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Close(context.Background()); err != nil {
		fmt.Println("close:", err)
		return 1
	}
	return 0
}

// child is a running runChild.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

// startChild starts another process on dir, with additional environment variables.
func startChild(t *testing.T, dir string, environment ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), environment...), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{cmd: cmd, stdin: stdin, out: bufio.NewReader(stdout)}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			c.kill(t)
		}
	})
	return c
}

// line returns the child's next line.
func (c *child) line(t *testing.T) string {
	t.Helper()
	line, err := c.out.ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

func (c *child) leave(t *testing.T) {
	t.Helper()
	require.NoError(t, c.stdin.Close())
	require.NoError(t, c.cmd.Wait())
}

func (c *child) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.cmd.Process.Kill())
	_ = c.cmd.Wait() // reports the kill
}

func open(t *testing.T, opts Options) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	server, err := Open(ctx, opts)
	require.NoError(t, err)
	t.Cleanup(func() { leave(t, server) })
	return server
}

func leave(t *testing.T, server *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	defer cancel()
	require.NoError(t, server.Close(ctx))
}

// connect opens a connection as the product does.
func connect(t *testing.T, server *Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.URL(DatabaseName))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec1(t *testing.T, server *Server, sql string) {
	t.Helper()
	_, err := connect(t, server).Exec(t.Context(), sql)
	require.NoError(t, err)
}

func query[T any](t *testing.T, server *Server, sql string) T {
	t.Helper()
	rows, err := connect(t, server).Query(t.Context(), sql)
	require.NoError(t, err)
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	require.NoError(t, err)
	return value
}

func eventually(t *testing.T, condition func() bool, message string) {
	t.Helper()
	require.Eventually(t, condition, testTimeout, 10*time.Millisecond, message)
}

// clusterOf returns the cluster of a directory without starting anything.
func clusterOf(t *testing.T, dir string) *cluster {
	t.Helper()
	c, err := newCluster(Options{Dir: dir})
	require.NoError(t, err)
	return c
}

// killServer kills a directory's postmaster with -9 and returns its process id.
func killServer(t *testing.T, dir string) int {
	t.Helper()
	pid := clusterOf(t, dir).livePid()
	require.NotZero(t, pid)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	return pid
}

// newDir returns the path of a new data directory, below one that only the test's user can enter.
func newDir(t *testing.T) string {
	t.Helper()
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	return filepath.Join(closed, "data directory")
}
