package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5/pgconn"
)

// A statement that changes a table waits for the transactions that use it, and every later statement on the table waits
// behind it, reads included. So a statement of a migration waits for at most lockTimeout. Then its transaction is rolled
// back, which also releases the locks that it had, and runs again after a pause. The pause grows from firstLockPause to
// longestLockPause. Up gives up a file after lockPatience.
const (
	lockTimeout      = time.Second
	firstLockPause   = time.Second
	longestLockPause = 10 * time.Second
	lockPatience     = 10 * time.Minute
)

// errLocked is the reason why Up gives up a file.
var errLocked = fmt.Errorf("other transactions have held a lock for %s: end the sessions that "+
	"SELECT pid, xact_start, state, query FROM pg_stat_activity WHERE xact_start < now() - interval '1 minute' returns, and run it again", lockPatience)

// apply runs one file and writes its revision. If start is not nil, it creates the history first. It runs the file again
// while other transactions hold its locks.
func apply(
	ctx context.Context, conn *sql.Conn, dir *directory, table revisionsTable, name string, start *beginning, log *slog.Logger,
) error {
	run := applyInTransaction
	if isWithoutTransaction(dir.file(name)) {
		run = applyStatements
		if start != nil {
			if err := record(ctx, conn, table, start); err != nil {
				return err
			}
			start = nil
		}
	}
	patience, cancel := context.WithTimeoutCause(ctx, lockPatience, errLocked)
	defer cancel()
	for pause := firstLockPause; ; pause = min(2*pause, longestLockPause) {
		err := run(ctx, conn, dir, table, name, start)
		if err == nil || !isBlocked(err) {
			return err
		}
		log.WarnContext(ctx, "a migration waits for a lock that another transaction holds; it runs again after a pause", "file", name, "pause", pause, "error", err)
		timer := time.NewTimer(pause/2 + rand.N(pause/2)) //nolint:gosec // not a secret
		select {
		case <-patience.Done():
			timer.Stop()
			return fmt.Errorf("%w: %w", err, context.Cause(patience))
		case <-timer.C:
		}
	}
}

// limitsSQL sets the limits of statements: lock_timeout, and no other. The second parameter says whether they end with the
// transaction.
const limitsSQL = `SELECT set_config('statement_timeout', '0', $2), set_config('lock_timeout', $1, $2)`

// isBlocked reports whether a statement failed because of a lock or a deadlock with another transaction.
func isBlocked(err error) bool {
	server, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (server.Code == "55P03" || server.Code == "40P01")
}

// applyInTransaction runs one file and writes its revision in one transaction. If start is not nil, the transaction
// creates the history first.
func applyInTransaction(ctx context.Context, conn *sql.Conn, dir *directory, table revisionsTable, name string, start *beginning) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	defer func() { _ = tx.Rollback() }() // a no-op after the commit
	// A statement_timeout of the database is meant for services. LOCAL, because a pooler may share the session.
	if _, err := tx.ExecContext(ctx, limitsSQL, lockTimeout.String(), true); err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	if start != nil {
		if err := start.record(ctx, revisionsTable{conn: tx, schema: table.schema}); err != nil {
			return err
		}
	}
	executor, err := atlas.NewExecutor(driver{conn: tx}, dir.atlas, revisionsTable{conn: tx, schema: table.schema}, atlas.WithOperatorVersion(operator))
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	if err := executor.Execute(ctx, dir.file(name)); err != nil {
		return describe(name, dir.file(name), err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit migration %s: %w", name, err)
	}
	return nil
}

// isWithoutTransaction reports whether a file opts out of the transaction, for statements that cannot run in one.
func isWithoutTransaction(file atlas.File) bool {
	local, ok := file.(*atlas.LocalFile)
	return ok && slices.Contains(local.Directive("txmode"), "none")
}
