package adopt

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/connection"
	"followgraph/internal/store/migrate"
)

// Options configure a command of an adoption.
type Options struct {
	Log *slog.Logger // nil: no log
	// Progress is called often while rows are copied. It may be nil.
	Progress func(Progress)
	// Wait bounds the attempts to get one lock; 0: ten minutes.
	Wait    time.Duration
	offline bool // the command is part of Offline
	// tracer sees every statement, for tests.
	tracer pgx.QueryTracer
}

// Progress is the progress of a copy.
type Progress struct {
	What  string
	Rows  int64
	Total int64 // an estimate
}

// mover runs one command of an adoption on two separate sessions.
type mover struct {
	conn     *pgx.Conn
	watch    *pgx.Conn // for the locker
	locker   *locker
	log      *slog.Logger
	progress func(Progress)
	schema   string // of the tables
	offline  bool   // the command is part of Offline
}

// open connects twice and takes the lock that excludes other adoptions and migrations.
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
	// A cached description would be wrong after a statement has changed the tables.
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	config.RuntimeParams["application_name"] = application
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, connection.Cause(fmt.Errorf("connect to the database: %w", err))
	}
	if err := applySettings(ctx, conn, moveSettings); err != nil {
		closeConn(ctx, conn)
		return nil, err
	}
	return conn, nil
}

// moveSettings holds the settings of the sessions of a move.
var moveSettings = map[string]string{
	// If a policy would hide rows from a copy, the copy fails.
	"row_security": "off",
	// The commands set the limits that each statement needs.
	"statement_timeout":                   "0",
	"lock_timeout":                        "0",
	"idle_in_transaction_session_timeout": "0",
	// A higher default isolation level would hide what other sessions commit.
	"default_transaction_isolation": "read committed",
	// Names in definitions are compared.
	"quote_all_identifiers": "off",
	// With keepalives the server soon notices that this program is gone, and releases its locks.
	"tcp_keepalives_idle": "10",
}

// applySettings applies settings, and those of every session here: two timeouts that would end a session that waits for
// another one, and no JIT compilation, which costs more than it saves for statements that read the catalog. A setting
// that the server does not have is ignored. They are not parameters of the start, which poolers refuse.
func applySettings(ctx context.Context, conn *pgx.Conn, settings map[string]string) error {
	all := map[string]string{"idle_session_timeout": "0", "transaction_timeout": "0", "jit": "off"}
	maps.Copy(all, settings)
	names, values := slices.Collect(maps.Keys(all)), []string(nil)
	for _, name := range names {
		values = append(values, all[name])
	}
	_, err := conn.Exec(ctx, `SELECT set_config(name, w.setting, false) FROM pg_settings
		JOIN unnest($1::text[], $2::text[]) AS w (name, setting) USING (name)`, names, values)
	if err != nil {
		return fmt.Errorf("apply the settings of the connection: %w", err)
	}
	return nil
}

func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// close ends both sessions, which releases the lock and rolls back an open transaction.
func (m *mover) close(ctx context.Context) {
	closeConn(ctx, m.conn)
	closeConn(ctx, m.watch)
}

// exclude takes the advisory lock of migrations.
func (m *mover) exclude(ctx context.Context) error {
	for logged := false; ; logged = true {
		var locked bool
		if err := m.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, migrate.LockKey()).Scan(&locked); err != nil {
			return fmt.Errorf("lock the migration history: %w", err)
		}
		if locked {
			return nil
		}
		if !logged {
			m.log.InfoContext(ctx, "waiting for another process that adopts or migrates this database")
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("wait for another process that adopts or migrates this database: %w", err)
		}
	}
}

// inTransaction runs f in a transaction. f must not change or lock the tables of the service.
func (m *mover) inTransaction(ctx context.Context, f func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL search_path = pg_catalog`); err != nil {
			return err
		}
		return f(tx)
	})
}

// state reads the step and the state of the adoption.
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
