package rehearsal_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/localpg"
)

// postgres is a server for the rehearsal only, so that nothing else affects the waiting times.
type postgres struct {
	server *localpg.Server
	made   atomic.Int64
}

func startPostgres(t *testing.T) *postgres {
	t.Helper()
	if *programsFlag != "" {
		programs, err := filepath.Abs(*programsFlag)
		require.NoError(t, err)
		require.FileExists(t, filepath.Join(programs, "postgres"))
		t.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	server, err := localpg.Open(t.Context(), localpg.Options{
		Dir: t.TempDir(), Durable: *durableFlag,
		// Logs every wait for a lock that is longer than deadlock_timeout.
		Settings: map[string]string{"log_lock_waits": "on", "track_commit_timestamp": "off"},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		require.NoError(t, server.Close(ctx))
	})
	return &postgres{server: server}
}

// create creates an empty database and returns its URL.
func (p *postgres) create(t *testing.T) string {
	t.Helper()
	conn := connect(t, p.server.URL("postgres"))
	name := fmt.Sprintf("auth%d", p.made.Add(1))
	_, err := conn.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return p.server.URL(name)
}

// version returns the version of the server.
func (p *postgres) version(t *testing.T) string {
	t.Helper()
	return value[string](t, connect(t, p.server.URL("postgres")), "SELECT split_part(current_setting('server_version'), ' ', 1)")
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func value[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	result, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	require.NoError(t, err, sql)
	return result
}

// withParameter adds a run-time parameter to a URL.
func withParameter(t *testing.T, address, name, parameter string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set(name, parameter)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}
