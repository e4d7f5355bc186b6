package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/cluster"
	"followgraph/internal/localpg"
)

// Postgres is a private PostgreSQL that restarts when it is killed. Its commits survive that.
type Postgres struct {
	dir    string
	server *localpg.Server
	unwind func() // ends the restarts
	frozen []int  // process ids
	ended  sync.WaitGroup
}

var postgresSettings = map[string]string{
	"max_connections": "200", // three instances, their replication connections and the scenarios
	"max_wal_size":    "2GB", // for the load
	// A standby finds the log again after a kill of the primary, and soon: commits wait for it.
	"wal_keep_size":               "1GB",
	"wal_retrieve_retry_interval": "100ms",
	// Walsenders of killed instances end soon.
	"wal_sender_timeout": "10s",
}

// openPostgres starts a PostgreSQL on a directory, which may contain a copy of another one.
func openPostgres(ctx context.Context, dir string) (*Postgres, error) {
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // the server's user has to pass through, see localpg
		return nil, err
	}
	server, err := localpg.Open(ctx, localpg.Options{Dir: dir, Durable: true, Settings: postgresSettings})
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir, server: server}
	p.guard(ctx)
	return p, nil
}

// guard restarts the server whenever it ends.
func (p *Postgres) guard(ctx context.Context) {
	guarded, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.ended.Go(func() { p.server.Guard(guarded) })
	p.unwind = func() { cancel(); p.ended.Wait() }
}

// URL returns the URL of the scenarios' database.
func (p *Postgres) URL() string { return p.server.URL(cluster.Database) }

// connect opens a connection of the superuser.
func (p *Postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(p.URL())
	if err != nil {
		return nil, err
	}
	config.User = "postgres"
	return pgx.ConnectConfig(ctx, config)
}

// exec runs statements as the superuser.
func (p *Postgres) exec(ctx context.Context, statements ...string) error {
	conn, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// query returns the rows of a statement with one column.
func query[T any](ctx context.Context, p *Postgres, sql string, args ...any) ([]T, error) {
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, _ := conn.Query(ctx, sql, args...)
	result, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sql, err)
	}
	return result, nil
}

// pid returns the process id of the postmaster.
func (p *Postgres) pid() (int, error) {
	raw, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	return strconv.Atoi(line)
}

// Kill kills the postmaster. Its children end by themselves, and the server restarts.
func (p *Postgres) Kill() error {
	pid, err := p.pid()
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// KillBackend kills a process that serves a connection, and waits until PostgreSQL has noticed: it ends all others, and
// recovers.
func (p *Postgres) KillBackend(ctx context.Context) error {
	witness, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = witness.Close(context.WithoutCancel(ctx)) }()
	pids, err := query[int](ctx, p, `SELECT pid FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid NOT IN (pg_backend_pid(), $1) ORDER BY random() LIMIT 1`, witness.PgConn().PID())
	if err != nil || len(pids) == 0 {
		return err
	}
	switch err := syscall.Kill(pids[0], syscall.SIGKILL); {
	case errors.Is(err, syscall.ESRCH): // the connection has ended
		return nil
	case err != nil:
		return err
	}
	return await(ctx, func() (bool, error) { return witness.Ping(ctx) != nil, nil })
}

func ignoreGone(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// EndStreams ends all replication connections of Followgraph, and returns their number.
func (p *Postgres) EndStreams(ctx context.Context) (int, error) {
	ended, err := query[bool](ctx, p, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE backend_type = 'walsender' AND usename = $1`, localpg.DatabaseName)
	return len(ended), err
}

// standbyName is the name of the standby for synchronous_standby_names.
const standbyName = "standby"

// Standby copies the server into a directory, and starts a standby there. Commits of the primary wait for the standby
// from then on.
func (p *Postgres) Standby(ctx context.Context, dir string) (*Postgres, error) {
	access, err := os.OpenFile(filepath.Join(p.dir, "data", "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = access.WriteString("local replication postgres peer map=private\n")
	if err := errors.Join(err, access.Close()); err != nil {
		return nil, err
	}
	if err := p.exec(ctx, "SELECT pg_reload_conf()"); err != nil {
		return nil, err
	}
	programs, err := query[string](ctx, p, "SELECT setting FROM pg_config WHERE name = 'BINDIR'")
	if err != nil {
		return nil, err
	}
	primary, err := pgx.ParseConfig(p.URL())
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // see openPostgres
		return nil, err
	}
	copying := exec.CommandContext(ctx, filepath.Join(programs[0], "pg_basebackup"),
		"--pgdata="+filepath.Join(dir, "data"), "--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream",
		fmt.Sprintf("--dbname=host='%s' port=%d user=postgres application_name=%s", primary.Host, primary.Port, standbyName))
	if text, err := copying.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w: %s", err, text)
	}
	standby, err := openPostgres(ctx, dir)
	if err != nil {
		return nil, err
	}
	err = p.exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = '"+standbyName+"'", "SELECT pg_reload_conf()")
	if err == nil {
		err = p.awaitSync(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, standby.Close(ctx))
	}
	return standby, nil
}

// awaitSync waits until the standby is synchronous.
func (p *Postgres) awaitSync(ctx context.Context) error {
	return await(ctx, func() (bool, error) {
		states, err := query[string](ctx, p, "SELECT sync_state FROM pg_stat_replication WHERE application_name = $1", standbyName)
		return len(states) == 1 && states[0] == "sync", err
	})
}

// Abandon kills the server and does not restart it. It returns when the last of its processes has ended: until then one
// can still commit.
func (p *Postgres) Abandon(ctx context.Context) error {
	p.unwind()
	backends, err := query[int](ctx, p, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
	if err := errors.Join(err, p.Kill()); err != nil {
		return err
	}
	return await(ctx, func() (bool, error) {
		alive := slices.ContainsFunc(backends, func(pid int) bool { return syscall.Kill(pid, 0) == nil })
		return !alive, nil
	})
}

// Promote makes a standby the primary.
func (p *Postgres) Promote(ctx context.Context) error {
	return p.exec(ctx, "SELECT pg_promote()")
}

// Close stops the server, even if ctx has ended.
func (p *Postgres) Close(ctx context.Context) error {
	p.unwind()
	for _, pid := range p.frozen {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	return p.server.Close(context.WithoutCancel(ctx))
}

// either returns a URL for two servers, of which the one that can write is used.
func either(a, b string) (string, error) {
	first, err1 := url.Parse(a)
	second, err2 := url.Parse(b)
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	values := first.Query()
	for _, name := range []string{"host", "port"} {
		values.Set(name, values.Get(name)+","+second.Query().Get(name))
	}
	values.Set("target_session_attrs", "read-write")
	first.RawQuery = strings.ReplaceAll(values.Encode(), "+", "%20")
	return first.String(), nil
}

// poll is the interval of await.
const poll = 10 * time.Millisecond

// await waits until a condition holds.
func await(ctx context.Context, condition func() (bool, error)) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if ok, err := condition(); ok || err != nil {
			return err
		}
		if err := pause(ctx, tick.C); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, until <-chan time.Time) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-until:
		return nil
	}
}

// awaitStart waits until the server accepts connections.
func (p *Postgres) awaitStart(ctx context.Context) error {
	return await(ctx, func() (bool, error) { return p.exec(ctx, "SELECT 1") == nil, nil })
}
