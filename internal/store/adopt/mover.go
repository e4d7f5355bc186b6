package adopt

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/connection"
	"followgraph/internal/store/migrate"
)

// Options say how an adoption goes about it.
type Options struct {
	Log *slog.Logger // nil: silent
	// Progress is called with how far a copy is, often. It may be nil.
	Progress func(Progress)
	// Wait bounds how long one lock is tried for; 0: ten minutes.
	Wait    time.Duration
	offline bool // the adoption is one of Offline
	// tracer sees every statement, for tests.
	tracer pgx.QueryTracer
}

// Progress is how far a copy is.
type Progress struct {
	What  string
	Rows  int64
	Total int64 // an estimate
}

// mover does the work of one command.
type mover struct {
	conn     *pgx.Conn
	watch    *pgx.Conn
	locker   *locker
	log      *slog.Logger
	progress func(Progress)
	schema   string // of the tables
	offline  bool   // an adoption that begins is one of Offline
}

// open connects twice, and takes the lock that keeps other adoptions and migrations away.
func open(ctx context.Context, url string, options Options) (*mover, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Progress == nil {
		options.Progress = func(Progress) {}
	}
	if options.Wait == 0 {
		options.Wait = 10 * time.Minute
	}
	conn, err := connect(ctx, url, "followgraph adopt", options.tracer)
	if err != nil {
		return nil, err
	}
	watch, err := connect(ctx, url, "followgraph adopt (watching)", nil)
	if err != nil {
		closeConn(ctx, conn)
		return nil, err
	}
	m := &mover{conn: conn, watch: watch, log: options.Log, progress: options.Progress, offline: options.offline}
	if m.locker, err = newLocker(ctx, conn, watch, options.Log, options.Wait); err == nil {
		err = m.exclude(ctx)
	}
	if err != nil {
		m.close(ctx)
		return nil, err
	}
	return m, nil
}

func connect(ctx context.Context, url, application string, tracer pgx.QueryTracer) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err) // the parser's message leaves the password out
	}
	if err := connection.Configure(config); err != nil {
		return nil, err
	}
	config.Tracer = tracer
	// Statements change the tables under each other.
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	for name, value := range map[string]string{
		"application_name": application,
		"TimeZone":         "UTC",
		// Where a policy would hide rows from a copy, the copy fails.
		"row_security": "off",
		// Each statement has the limits that it needs.
		"statement_timeout":                   "0",
		"lock_timeout":                        "0",
		"idle_in_transaction_session_timeout": "0",
		// A default isolation other than this one would hide what others commit.
		"default_transaction_isolation": "read committed",
		// A server that notices at once that this program is gone ends its statement, and gives up the lock.
		"tcp_keepalives_idle": "10",
	} {
		config.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, connection.Cause(fmt.Errorf("connect to the database: %w", err))
	}
	if err := applySettings(ctx, conn); err != nil {
		closeConn(ctx, conn)
		return nil, err
	}
	return conn, nil
}

// applySettings makes the settings that not every server has. The first two would end a session that waits for another one, and
// the last one costs more than it saves where statements read the catalog.
func applySettings(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config(name, w.setting, false) FROM pg_settings
		JOIN (VALUES ('idle_session_timeout', '0'), ('transaction_timeout', '0'), ('jit', 'off')) AS w (name, setting) USING (name)`)
	if err != nil {
		return fmt.Errorf("set what the connection needs: %w", err)
	}
	return nil
}

func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// close ends the sessions, and with them the lock and an open transaction.
func (m *mover) close(ctx context.Context) {
	closeConn(ctx, m.conn)
	closeConn(ctx, m.watch)
}

// exclude takes the advisory lock of migrations.
func (m *mover) exclude(ctx context.Context) error {
	for said := false; ; said = true {
		var locked bool
		if err := m.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, migrate.LockKey()).Scan(&locked); err != nil {
			return fmt.Errorf("lock the migration history: %w", err)
		}
		if locked {
			return nil
		}
		if !said {
			m.log.InfoContext(ctx, "another process adopts or migrates this database; waiting for it")
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("wait for another process that adopts or migrates this database: %w", err)
		}
	}
}

// inTransaction runs f in a transaction that touches nothing of the service's but by reading.
func (m *mover) inTransaction(ctx context.Context, f func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL search_path = pg_catalog`); err != nil {
			return err
		}
		return f(tx)
	})
}

// state reads how far the adoption is.
func (m *mover) state(ctx context.Context) (step Step, a *adoption, err error) {
	err = m.inTransaction(ctx, func(tx pgx.Tx) error {
		step, a, err = readState(ctx, tx)
		return err
	})
	if a != nil {
		m.schema = a.Schema
	}
	return step, a, err
}
