package testdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"followgraph/internal/localpg"
	"followgraph/migrations"
)

// session is one test process's use of the shared server.
type session struct {
	// open starts or joins the server, and template builds or finds the migrated database. Each runs once, on first
	// use, and its result is cached.
	open     func() error
	template func() (string, error)

	server *localpg.Server
	// keeper holds this process's advisory locks, which show other processes that it is alive.
	keeper *pgx.Conn
	admin  *pgxpool.Pool
	// strategy is the clause for copies of databases; see copyStrategy.
	strategy string
	// token is part of the names of this process's databases.
	token int32
	count atomic.Int64

	// mu prevents an interrupt from leaving the server during a start.
	mu   sync.Mutex
	gone bool
}

func newSession() *session {
	s := &session{token: rand.Int32()} //nolint:gosec // a name, not a secret
	s.open = sync.OnceValue(s.start)
	s.template = sync.OnceValues(func() (string, error) {
		return s.findTemplate(migrations.FS, applyMigrations)
	})
	return s
}

// settings suit hundreds of short-lived, disposable databases.
var settings = map[string]string{
	"max_connections": "300", // several test processes at once, each with parallel tests and pools
	"shared_buffers":  "128MB",
	// A clone exists for seconds. A test that needs statistics runs ANALYZE.
	"autovacuum": "off",
	// Creating and dropping a database forces checkpoints.
	"log_checkpoints": "off",
	// Tests of the commit stream.
	"wal_level":             "logical",
	"max_wal_senders":       "60",
	"max_replication_slots": "60",
	// Otherwise the stream has a commit up to 200 ms after its answer. Without fsync it costs little.
	"synchronous_commit": "on",
}

func (s *session) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return errors.New("this process is leaving")
	}
	ctx, cancel := context.WithTimeout(context.Background(), openLimit)
	defer cancel()
	dir, err := serverDir()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.server, err = localpg.Open(ctx, localpg.Options{Dir: dir, Settings: settings, Log: log})
	if err != nil {
		return err
	}
	url := s.server.URL("postgres")
	if s.keeper, err = pgx.Connect(ctx, url); err != nil {
		return err
	}
	if s.strategy, err = copyStrategy(ctx, s.keeper); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return err
	}
	config.MaxConns = 4
	if s.admin, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	if _, err := s.keeper.Exec(ctx, "SELECT pg_advisory_lock($1, $2)", lockProcess, s.token); err != nil {
		return err
	}
	return s.sweep(ctx)
}

// serverDir returns the shared server's directory. It checks the owner, because another user could have created the
// directory in a world-writable one.
func serverDir() (string, error) {
	// The version of the settings, so that no process joins a server that runs with others.
	dir := filepath.Join(os.TempDir(), "followgraph-test-"+strconv.Itoa(os.Geteuid())+"-3")
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // root's server runs as another user, who must traverse it
	}
	err := os.Mkdir(dir, mode)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return "", fmt.Errorf("%s must be a directory that user id %d owns and no other user can write to: remove it", dir, os.Geteuid())
	}
	return dir, nil
}

// leave ends this process's use of the server. The last process stops the server.
func (s *session) leave() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone || s.server == nil {
		s.gone = true
		return nil
	}
	s.gone = true
	ctx, cancel := context.WithTimeout(context.Background(), leaveLimit)
	defer cancel()
	if s.admin != nil {
		s.admin.Close()
	}
	if s.keeper != nil {
		_ = s.keeper.Close(ctx)
	}
	return s.server.Close(ctx)
}
