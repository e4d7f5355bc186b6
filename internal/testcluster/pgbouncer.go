//go:build unix

package testcluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PgBouncer is a running pooler in front of a server. Its methods must not be called at once.
type PgBouncer struct {
	tb      testing.TB
	dir     string // contains its configuration and its socket
	user    string
	name    string // of the database
	account *syscall.Credential

	command *exec.Cmd     // nil while it is stopped
	ended   chan struct{} // closed when the process has ended

	mu  sync.Mutex
	log strings.Builder
}

const (
	// bouncerPort is part of the name of the socket. PgBouncer listens on no address.
	bouncerPort = "6432"
	// bouncerLimit is the time limit for PgBouncer's start.
	bouncerLimit = 20 * time.Second
	// bouncerStarted is part of the line that PgBouncer logs once it listens.
	bouncerStarted = "process up: PgBouncer"
)

// Bouncer starts PgBouncer with a pool_mode of session, transaction or statement in front of the server at a URL, and
// stops it when the test ends. Settings are further ones of the section [pgbouncer]; all others have PgBouncer's
// defaults. The test fails if PgBouncer is not installed.
//
// PgBouncer refuses to run as root. For root it runs as the owner of the server's socket, or as the user postgres or
// nobody.
func Bouncer(tb testing.TB, server, mode string, settings map[string]string) *PgBouncer {
	tb.Helper()
	b, err := newBouncer(tb, server, mode, settings)
	if err != nil {
		tb.Fatalf("testcluster: PgBouncer: %v", err)
	}
	b.Start()
	return b
}

func newBouncer(tb testing.TB, server, mode string, settings map[string]string) (*PgBouncer, error) {
	to, err := pgx.ParseConfig(server)
	if err != nil {
		return nil, err
	}
	b := &PgBouncer{tb: tb, user: to.User, name: to.Database}
	if b.account, err = bouncerAccount(to.Host); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "fgb"); err != nil { //nolint:usetesting // its names are too long for a socket
		return nil, err
	}
	tb.Cleanup(func() {
		b.Stop()
		_ = os.RemoveAll(b.dir)
		if tb.Failed() {
			tb.Logf("the log of PgBouncer:\n%s", b.Log())
		}
	})
	all := map[string]string{
		"listen_port": bouncerPort, "unix_socket_dir": b.dir, "pool_mode": mode,
		"auth_type": "trust", "auth_file": filepath.Join(b.dir, "userlist.txt"), "admin_users": to.User,
	}
	maps.Copy(all, settings)
	var text strings.Builder
	fmt.Fprintf(&text, "[databases]\n* = host=%s port=%d", to.Host, to.Port)
	if to.Password != "" {
		fmt.Fprintf(&text, " password='%s'", strings.ReplaceAll(to.Password, "'", "''"))
	}
	text.WriteString("\n[pgbouncer]\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s = %s\n", name, all[name])
	}
	for name, content := range map[string]string{"pgbouncer.ini": text.String(), "userlist.txt": fmt.Sprintf("%q \"\"\n", to.User)} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	if b.account == nil {
		return b, nil
	}
	for _, name := range []string{".", "pgbouncer.ini", "userlist.txt"} {
		if err := os.Chown(filepath.Join(b.dir, name), int(b.account.Uid), int(b.account.Gid)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// bouncerAccount returns the account that PgBouncer runs as, or nil for that of this process.
func bouncerAccount(host string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	if strings.HasPrefix(host, "/") {
		info, err := os.Stat(host)
		if err != nil {
			return nil, err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
			return &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("it refuses to run as root, and neither the user postgres nor the user nobody exists")
}

// bouncerProgram returns the path of PgBouncer. Debian installs it in /usr/sbin, which is not in the PATH of every user.
func bouncerProgram() (string, error) {
	path, err := exec.LookPath("pgbouncer")
	if err == nil {
		return path, nil
	}
	if path, err := exec.LookPath("/usr/sbin/pgbouncer"); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("%w: run `make pgbouncer`, or install the package pgbouncer", err)
}

// URL returns the URL of the server's database through the pooler.
func (b *PgBouncer) URL() string { return b.url(b.name) }

// Admin returns the URL of the pooler's console. It accepts only the simple protocol.
func (b *PgBouncer) Admin() string { return b.url("pgbouncer") }

func (b *PgBouncer) url(database string) string {
	query := url.Values{"host": {b.dir}, "port": {bouncerPort}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(b.user), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// Log returns what PgBouncer has logged.
func (b *PgBouncer) Log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// Start starts a stopped PgBouncer again, and returns when it accepts connections.
func (b *PgBouncer) Start() {
	b.tb.Helper()
	if b.command != nil {
		b.tb.Fatal("testcluster: PgBouncer already runs")
	}
	program, err := bouncerProgram()
	if err != nil {
		b.tb.Fatalf("testcluster: PgBouncer: %v", err)
	}
	command := exec.Command(program, filepath.Join(b.dir, "pgbouncer.ini")) //nolint:noctx // it ends with Stop
	command.Dir, command.Env = "/", []string{"PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: b.account}
	output, err := command.StderrPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		b.tb.Fatalf("testcluster: start PgBouncer: %v", err)
	}
	started, ended := make(chan struct{}), make(chan struct{})
	b.command, b.ended = command, ended
	go func() {
		defer close(ended)
		b.follow(output, started)
		_ = command.Wait() // a signal ends it
	}()
	ctx, cancel := context.WithTimeout(context.Background(), bouncerLimit)
	defer cancel()
	select {
	case <-started:
	case <-ended:
		b.command = nil
		b.tb.Fatalf("testcluster: PgBouncer did not start:\n%s", b.Log())
	case <-ctx.Done():
		b.tb.Fatalf("testcluster: PgBouncer did not start within %s:\n%s", bouncerLimit, b.Log())
	}
}

// follow collects the log, and closes started when PgBouncer accepts connections.
func (b *PgBouncer) follow(output io.Reader, started chan<- struct{}) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		b.mu.Lock()
		b.log.WriteString(lines.Text() + "\n")
		b.mu.Unlock()
		if started != nil && strings.Contains(lines.Text(), bouncerStarted) {
			close(started)
			started = nil
		}
	}
}

// Stop ends PgBouncer and all connections through it at once. It does nothing if PgBouncer is stopped.
func (b *PgBouncer) Stop() {
	b.tb.Helper()
	if b.command == nil {
		return
	}
	// PgBouncer 1.23 and later would wait for its clients after SIGTERM.
	_ = b.command.Process.Kill() // fails only if it has ended
	<-b.ended
	b.command = nil
}
