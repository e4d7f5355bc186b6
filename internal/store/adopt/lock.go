package adopt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A session that waits for a strong lock on a table blocks all sessions that come after it, including readers. The
// locker therefore takes every lock on a table of the service in a short transaction that gives up soon and is tried
// again:
//
//   - It waits for a lock for less than deadlock_timeout. If the service holds one of the tables and waits for another,
//     this program gives up before PostgreSQL looks for a deadlock.
//   - All transactions lock in the same order: objects in front of the tables (views), users, user_follows,
//     user_follow_stats, then other tables by name.
//   - If a transaction has been open for long, the locker waits for its end. Meanwhile it holds no lock and is in no
//     queue for a lock.
const (
	// lockTimeout bounds the wait for one lock in the first attempts. If the service's own statements take longer, a lock
	// is never free in time, so later attempts wait longer, up to longestLockTimeout.
	lockTimeout        = 150 * time.Millisecond
	longestLockTimeout = 600 * time.Millisecond
	// lockStatementMargin is added to the timeout of one lock to bound a statement that takes several.
	lockStatementMargin = 150 * time.Millisecond
	// attemptsPerTimeout is the number of attempts after which the timeout grows.
	attemptsPerTimeout = 5
	// statementTimeout bounds a statement that runs while the locks are held.
	statementTimeout = time.Second
	// holdTimeout bounds the time from the first lock to the end of the transaction. It grows if the work does not fit.
	holdTimeout = 900 * time.Millisecond
	// longTransaction is the age from which the locker waits for a transaction before it locks.
	longTransaction = 500 * time.Millisecond
	// longestLockPause is the longest pause between two attempts.
	longestLockPause = time.Second
	// lockLogInterval is the time between two log lines that name the blocking sessions.
	lockLogInterval = 10 * time.Second
)

// locker runs transactions that lock tables of the service.
type locker struct {
	conn  *pgx.Conn
	watch *pgx.Conn // queries the blocking sessions while conn waits
	log   *slog.Logger
	wait  time.Duration // how long run tries

	maxTimeout time.Duration // longestLockTimeout, or less if deadlock_timeout is shorter
	timeout    time.Duration // for one lock, of the current attempt
	overruns   int           // transactions canceled because they held their locks for too long
	guard      *guard        // of the current transaction, from its first lock on
}

// guard cancels the current statement of a connection after a time limit.
type guard struct {
	timer *time.Timer
	done  chan struct{} // closed after the cancel request
}

func newGuard(ctx context.Context, conn *pgx.Conn, limit time.Duration) *guard {
	g := &guard{done: make(chan struct{})}
	g.timer = time.AfterFunc(limit, func() {
		defer close(g.done)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.PgConn().CancelRequest(ctx)
	})
	return g
}

// stop ends the guard and reports whether it has canceled.
func (g *guard) stop() bool {
	if g == nil || g.timer.Stop() {
		return false
	}
	<-g.done
	return true
}

func newLocker(ctx context.Context, conn, watch *pgx.Conn, log *slog.Logger, wait time.Duration) (*locker, error) {
	var deadlock int64
	if err := conn.QueryRow(ctx, `SELECT setting::bigint FROM pg_settings WHERE name = 'deadlock_timeout'`).Scan(&deadlock); err != nil {
		return nil, fmt.Errorf("read deadlock_timeout: %w", err)
	}
	maxTimeout := max(min(longestLockTimeout, time.Duration(deadlock)*time.Millisecond*6/10), time.Millisecond)
	return &locker{conn: conn, watch: watch, log: log, wait: wait, maxTimeout: maxTimeout}, nil
}

// run runs do in a transaction, and repeats it until it gets its locks or the waiting time is over. tables are the
// schema-qualified names of the tables that do locks by calling lock. If before is not nil, it runs before each
// attempt.
func (l *locker) run(ctx context.Context, what string, tables []string, before func() error, do func(tx pgx.Tx) error) error {
	end := time.Now().Add(l.wait)
	var lastLog time.Time
	for attempt := 0; ; attempt++ {
		blockers, err := l.waitForHolders(ctx, what, tables, end, &lastLog)
		if err != nil {
			return err
		}
		if blockers == "" {
			if before != nil {
				if err := before(); err != nil {
					return err
				}
			}
			l.timeout = min(lockTimeout*time.Duration(1+attempt/attemptsPerTimeout), l.maxTimeout)
			blockers, err = l.attempt(ctx, do)
			if err == nil || !lockFailed(ctx, err) {
				return err
			}
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: no lock within %s%s: end the blocking transaction, or run the command again, which continues where it stopped", what, l.wait, heldBy(blockers, err))
		}
		if time.Since(lastLog) > lockLogInterval && attempt > 0 {
			lastLog = time.Now()
			l.log.InfoContext(ctx, "waiting for a lock", "for", what, "blocked_by", blockers, "error", err)
		}
		pause := min(longestLockPause, 20*time.Millisecond<<min(attempt, 6))
		if err := sleep(ctx, pause/2+rand.N(pause/2)); err != nil { //nolint:gosec // not a secret
			return err
		}
	}
}

// attempt runs do once. If it fails, it also returns the sessions that blocked it.
func (l *locker) attempt(ctx context.Context, do func(tx pgx.Tx) error) (string, error) {
	stop := l.observe(ctx)
	tx, err := l.conn.Begin(ctx)
	if err != nil {
		return stop(), fmt.Errorf("begin a transaction: %w", err)
	}
	err = l.setTimeouts(ctx, tx, statementTimeout)
	if err == nil {
		err = do(tx)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if l.guard.stop() {
		l.overruns++
		// A cancel request that arrives late hits this statement and not the next transaction.
		_, _ = l.conn.Exec(ctx, `SELECT pg_sleep(0)`)
	}
	l.guard = nil
	if err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx))
	}
	return stop(), err
}

func (l *locker) setTimeouts(ctx context.Context, tx pgx.Tx, statement time.Duration) error {
	_, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true), set_config('search_path', 'pg_catalog', true)`,
		fmt.Sprint(l.timeout.Milliseconds()), fmt.Sprint(statement.Milliseconds()))
	return err
}

// limitLockTime starts the time limit of the transaction. Call it before the first lock: from there on other sessions
// wait.
func (l *locker) limitLockTime(ctx context.Context) {
	if l.guard == nil {
		l.guard = newGuard(ctx, l.conn, holdTimeout<<min(l.overruns/3, 3))
	}
}

// lock locks the tables in the given order.
func (l *locker) lock(ctx context.Context, tx pgx.Tx, mode string, tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	if err := l.setTimeouts(ctx, tx, l.timeout+lockStatementMargin); err != nil {
		return err
	}
	l.limitLockTime(ctx)
	if _, err := tx.Exec(ctx, `LOCK TABLE `+strings.Join(tables, ", ")+` IN `+mode+` MODE`); err != nil {
		return err
	}
	return l.setTimeouts(ctx, tx, statementTimeout)
}

// waitForHolders waits until no long transaction holds a lock on one of the tables. After the time end it returns the
// sessions that still do.
func (l *locker) waitForHolders(ctx context.Context, what string, tables []string, end time.Time, lastLog *time.Time) (string, error) {
	for {
		blockers, err := l.holders(ctx, tables)
		if err != nil || blockers == "" || time.Now().After(end) {
			return blockers, err
		}
		if time.Since(*lastLog) > lockLogInterval {
			*lastLog = time.Now()
			l.log.InfoContext(ctx, "waiting for a transaction to end", "for", what, "blocked_by", blockers)
		}
		if err := sleep(ctx, longTransaction/2); err != nil {
			return "", err
		}
	}
}

// session is an expression that describes a session. Details of other roles' sessions need pg_read_all_stats.
const session = `concat_ws(', ', 'pid ' || a.pid, 'role ' || a.usename,
	CASE WHEN a.backend_type = 'client backend' THEN 'application ' || nullif(a.application_name, '') ELSE a.backend_type END, a.state,
	'transaction open for ' || date_trunc('second', clock_timestamp() - a.xact_start))`

// holders returns the sessions whose long transactions hold a lock on one of the tables.
func (l *locker) holders(ctx context.Context, tables []string) (string, error) {
	var names string
	err := l.watch.QueryRow(ctx, `
		SELECT coalesce(string_agg(DISTINCT `+session+`, '; '), '')
		FROM pg_locks AS k JOIN pg_stat_activity AS a ON a.pid = k.pid
		WHERE k.locktype = 'relation' AND k.granted AND k.pid <> $2
		  AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		  AND k.relation IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
		  AND a.xact_start < clock_timestamp() - $3::float8 * interval '1 second'`,
		tables, int64(l.conn.PgConn().PID()), longTransaction.Seconds()).Scan(&names)
	if err != nil {
		return "", fmt.Errorf("find the sessions that hold locks: %w", err)
	}
	return names, nil
}

// observe queries the sessions that block conn, in a goroutine. The returned function stops it and returns the last
// result.
func (l *locker) observe(ctx context.Context) (stop func() string) {
	ctx, cancel := context.WithCancel(ctx)
	names := make(chan string, 1)
	go func() {
		var last string
		ticker := time.NewTicker(l.timeout / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				names <- last
				return
			case <-ticker.C:
			}
			var now string
			// Without ctx: canceling a query would close the connection.
			err := l.watch.QueryRow(context.WithoutCancel(ctx), `SELECT coalesce(string_agg(`+session+`, '; '), '') FROM pg_stat_activity AS a WHERE a.pid = ANY (pg_blocking_pids($1))`,
				int64(l.conn.PgConn().PID())).Scan(&now)
			if err == nil && now != "" {
				last = now
			}
		}
	}()
	return func() string {
		cancel()
		return <-names
	}
}

// lockFailed reports whether a transaction failed because of other transactions and may be retried.
func lockFailed(ctx context.Context, err error) bool {
	var server *pgconn.PgError
	if ctx.Err() != nil || !errors.As(err, &server) {
		return false
	}
	switch server.Code {
	case "55P03", // lock_not_available: lock_timeout
		"57014", // query_canceled: statement_timeout
		"40P01", // deadlock_detected
		"40001": // serialization_failure
		return true
	}
	return false
}

// heldBy describes the blocking sessions for an error message. If there are none, it returns the last error: the work
// may have exceeded the time limit for holding locks.
func heldBy(blockers string, last error) string {
	if blockers == "" && last != nil {
		return " (" + last.Error() + ")"
	}
	if blockers == "" {
		return ""
	}
	return " (held by " + blockers + ")"
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
