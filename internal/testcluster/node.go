//go:build unix

package testcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/localpg"
)

// node is one server with its data directory.
type node struct {
	install  *localpg.Installation
	data     string // PGDATA
	socket   string // directory of the socket
	log      string
	port     int
	settings map[string]string
	probeURL string

	// process is the supervisor; nil if the server is stopped.
	process *exec.Cmd
	// alive is the supervisor's standard input. When it closes, the supervisor ends the server.
	alive  io.Closer
	exited chan struct{}
}

// supervisor runs a server until its standard input ends, which it does at the latest when the process of the test
// ends, however it ends.
//
// A shell gives /dev/null to commands in the background, hence the copy of the descriptor.
const supervisor = `exec 3<&0
"$@" 3<&- & server=$!
{ read -r _ <&3; kill -QUIT $server; } & watch=$!
wait $server
kill $watch`

func (c *Cluster) newNode() (*node, error) {
	i := len(c.nodes)
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	n := &node{
		install: c.install, port: port, settings: c.settings,
		data: filepath.Join(c.dir, strconv.Itoa(i)), socket: filepath.Join(c.dir, "s"+strconv.Itoa(i)),
		log: filepath.Join(c.dir, strconv.Itoa(i)+".log"),
	}
	c.nodes = append(c.nodes, n)
	n.probeURL = c.address(i, Superuser, "postgres")
	return n, errors.Join(c.install.MakeDir(n.data), c.install.MakeDir(n.socket), c.install.WriteFile(n.log, nil))
}

// freePort returns a free port below the range from which systems choose ports of connections. So a stopped node keeps
// its port.
func freePort() (int, error) {
	for range 100 {
		port := 15000 + rand.IntN(15000) //nolint:gosec // not a secret
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("no free port")
}

// start starts the server and waits until it accepts connections.
func (n *node) start(ctx context.Context) error {
	if n.process != nil {
		return errors.New("the server is already started")
	}
	postgres, _ := n.install.Program("postgres")
	args := []string{"-c", supervisor, "supervisor", postgres, "-D", n.data}
	settings := maps.Clone(n.settings)
	settings["port"] = strconv.Itoa(n.port)
	settings["listen_addresses"] = "127.0.0.1"
	settings["unix_socket_directories"] = n.socket
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	log, err := os.OpenFile(n.log, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := n.install.Command(context.WithoutCancel(ctx), "/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = log, log
	alive, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // the log has the reason
	}()
	n.process, n.alive, n.exited = cmd, alive, exited
	return n.waitUntilAccepting(ctx)
}

const pollInterval = 10 * time.Millisecond

func (n *node) waitUntilAccepting(ctx context.Context) error {
	return poll(ctx, func() (bool, error) {
		select {
		case <-n.exited:
			return false, fmt.Errorf("the server ended: %s", n.logTail())
		default:
		}
		conn, err := pgconn.Connect(ctx, n.probeURL)
		if err != nil {
			return false, nil //nolint:nilerr // not yet
		}
		return true, conn.Close(ctx)
	})
}

// poll calls done until it reports true or an error, or ctx ends.
func poll(ctx context.Context, done func() (bool, error)) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func (n *node) logTail() string {
	content, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	const tail = 2000
	return string(content[max(0, len(content)-tail):])
}

// pid returns the process id of the server itself, not of its supervisor.
func (n *node) pid() (int, error) {
	content, err := os.ReadFile(filepath.Join(n.data, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(content), "\n")
	return strconv.Atoi(first)
}

// stop sends a signal to the server and waits for its end.
func (n *node) stop(ctx context.Context, signal syscall.Signal) error {
	if n.process == nil {
		return errors.New("the server is not started")
	}
	pid, err := n.pid()
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, signal); err != nil {
		return err
	}
	select {
	case <-n.exited:
	case <-ctx.Done():
		return ctx.Err()
	}
	_ = n.alive.Close()
	n.process = nil
	return nil
}

// kill ends the server in whatever state it is.
func (n *node) kill() {
	if n.process == nil {
		return
	}
	if all, err := n.processes(); err == nil {
		_ = signalAll(all, syscall.SIGCONT)
	}
	_ = n.alive.Close()
	select {
	case <-n.exited:
	case <-time.After(limit):
	}
	n.process = nil
}

// Stop ends a node in immediate mode, as a crash does: without a checkpoint, and without a message to standbys.
func (c *Cluster) Stop(tb testing.TB, i int) {
	tb.Helper()
	c.stop(tb, i, syscall.SIGQUIT)
}

// Shutdown ends a node in fast mode: it ends the sessions, and waits until its standbys have received everything.
func (c *Cluster) Shutdown(tb testing.TB, i int) {
	tb.Helper()
	c.stop(tb, i, syscall.SIGINT)
}

func (c *Cluster) stop(tb testing.TB, i int, signal syscall.Signal) {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	if err := c.nodes[i].stop(ctx, signal); err != nil {
		tb.Fatalf("testcluster: stopping node %d: %v", i, err)
	}
}

// Start starts a stopped node and returns when it accepts connections.
func (c *Cluster) Start(tb testing.TB, i int) {
	tb.Helper()
	ctx, cancel := step()
	defer cancel()
	if err := c.nodes[i].start(ctx); err != nil {
		tb.Fatalf("testcluster: starting node %d: %v", i, err)
	}
}

// Log returns the end of a node's log.
func (c *Cluster) Log(i int) string { return c.nodes[i].logTail() }
