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

// A session that waits for a strong lock on a table holds up all that come after it, readers too. So every lock on a table of the
// service is taken in a short transaction that gives up soon and is tried again:
//
//   - A lock is waited for shorter than deadlock_timeout. Where the service holds one of the tables and waits for another,
//     it is this program that gives up, before PostgreSQL looks for a deadlock.
//   - All locks of a transaction are taken in one order: what is in front of the tables (views), users, user_follows,
//     user_follow_stats, and other tables by name.
//   - A transaction that has been open for long is waited for without any lock.
const (
	// lockPatience bounds the wait for one lock, at first. Where the service's own statements take longer than that, a lock
	// is never free in time: later attempts wait longer, up to longPatience.
	lockPatience = 150 * time.Millisecond
	longPatience = 600 * time.Millisecond
	// lockingPatience is how much longer than for one lock all locks of a statement are waited for.
	lockingPatience = 150 * time.Millisecond
	// patientAfter is how many attempts fail before the next ones wait longer.
	patientAfter = 5
	// statementPatience bounds a statement that holds the locks.
	statementPatience = time.Second
	// heldPatience bounds the time from the first lock to the end of the transaction. Where the work cannot be done in it,
	// later attempts get more.
	heldPatience = 900 * time.Millisecond
	// longTransaction is the age from which a transaction is waited for without a lock.
	longTransaction = 500 * time.Millisecond
	// lockPause is the longest pause between two attempts.
	lockPause = time.Second
	// lockNews is the time between two lines that name who blocks.
	lockNews = 10 * time.Second
)

// locker runs transactions that lock tables of the service.
type locker struct {
	conn  *pgx.Conn
	watch *pgx.Conn // looks at who blocks while conn waits
	log   *slog.Logger
	wait  time.Duration // how long run tries

	longest  time.Duration // longPatience, or less where deadlock_timeout is shorter
	patience time.Duration // of the attempt under way
	late     int           // how many transactions were ended because they held their locks for too long
	guard    *guard        // of the transaction under way, once it locks
}

// guard cancels what a connection does when the time is up.
type guard struct {
	timer *time.Timer
	done  chan struct{} // closed when it has canceled
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

// stop reports whether the guard has canceled.
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
	longest := max(min(longPatience, time.Duration(deadlock)*time.Millisecond*6/10), time.Millisecond)
	return &locker{conn: conn, watch: watch, log: log, wait: wait, longest: longest}, nil
}

// run runs do in a transaction, again until it gets its locks or the time to wait is over. The tables are those that do
// locks, as schema-qualified names; do locks them itself, with lock. before, unless nil, runs before each attempt.
func (l *locker) run(ctx context.Context, what string, tables []string, before func() error, do func(tx pgx.Tx) error) error {
	end := time.Now().Add(l.wait)
	var told time.Time
	for attempt := 0; ; attempt++ {
		blockers, err := l.waitForHolders(ctx, what, tables, end, &told)
		if err != nil {
			return err
		}
		if blockers == "" {
			if before != nil {
				if err := before(); err != nil {
					return err
				}
			}
			l.patience = min(lockPatience*time.Duration(1+attempt/patientAfter), l.longest)
			blockers, err = l.attempt(ctx, do)
			if err == nil || !lockFailed(ctx, err) {
				return err
			}
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: no lock within %s%s: end what holds it, or run the command again; it goes on where it stopped", what, l.wait, heldBy(blockers, err))
		}
		if time.Since(told) > lockNews && attempt > 0 {
			told = time.Now()
			l.log.InfoContext(ctx, "waiting for a lock", "for", what, "blocked_by", blockers, "error", err)
		}
		pause := min(lockPause, 20*time.Millisecond<<min(attempt, 6))
		if err := sleep(ctx, pause/2+rand.N(pause/2)); err != nil { //nolint:gosec // a secret it is not
			return err
		}
	}
}

// attempt runs do once. Where it fails it returns who blocked it.
func (l *locker) attempt(ctx context.Context, do func(tx pgx.Tx) error) (string, error) {
	blockers, stop := l.observe(ctx)
	tx, err := l.conn.Begin(ctx)
	if err != nil {
		return stop(blockers), fmt.Errorf("begin a transaction: %w", err)
	}
	err = l.limit(ctx, tx, statementPatience)
	if err == nil {
		err = do(tx)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if l.guard.stop() {
		l.late++
		// A cancellation that comes late meets this statement, and not the next one.
		_, _ = l.conn.Exec(ctx, `SELECT pg_sleep(0)`)
	}
	l.guard = nil
	if err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx))
	}
	return stop(blockers), err
}

func (l *locker) limit(ctx context.Context, tx pgx.Tx, statement time.Duration) error {
	_, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true), set_config('search_path', 'pg_catalog', true)`,
		fmt.Sprint(l.patience.Milliseconds()), fmt.Sprint(statement.Milliseconds()))
	return err
}

// limitLockTime has the transaction end in time: sessions that want the tables wait from its first lock on.
func (l *locker) limitLockTime(ctx context.Context) {
	if l.guard == nil {
		l.guard = newGuard(ctx, l.conn, heldPatience<<min(l.late/3, 3))
	}
}

// lock locks tables, in the order in which they are given.
func (l *locker) lock(ctx context.Context, tx pgx.Tx, mode string, tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	if err := l.limit(ctx, tx, l.patience+lockingPatience); err != nil {
		return err
	}
	l.limitLockTime(ctx)
	if _, err := tx.Exec(ctx, `LOCK TABLE `+strings.Join(tables, ", ")+` IN `+mode+` MODE`); err != nil {
		return err
	}
	return l.limit(ctx, tx, statementPatience)
}

// waitForHolders waits until no transaction that is open for long has one of the tables locked, and returns who has if it takes
// too long.
func (l *locker) waitForHolders(ctx context.Context, what string, tables []string, end time.Time, told *time.Time) (string, error) {
	for {
		blockers, err := l.holders(ctx, tables)
		if err != nil || blockers == "" || time.Now().After(end) {
			return blockers, err
		}
		if time.Since(*told) > lockNews {
			*told = time.Now()
			l.log.InfoContext(ctx, "waiting for a transaction to end", "for", what, "blocked_by", blockers)
		}
		if err := sleep(ctx, longTransaction/2); err != nil {
			return "", err
		}
	}
}

// session describes a session. What another role's session does is hidden from a role without pg_read_all_stats.
const session = `concat_ws(', ', 'pid ' || a.pid, 'role ' || a.usename,
	CASE WHEN a.backend_type = 'client backend' THEN 'application ' || nullif(a.application_name, '') ELSE a.backend_type END, a.state,
	'transaction open for ' || date_trunc('second', clock_timestamp() - a.xact_start))`

// holders names the sessions that have held a lock on one of the tables for long.
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
		return "", fmt.Errorf("look who holds locks: %w", err)
	}
	return names, nil
}

// observe looks who blocks conn until it is stopped.
func (l *locker) observe(ctx context.Context) (chan string, func(chan string) string) {
	ctx, cancel := context.WithCancel(ctx)
	names := make(chan string, 1)
	go func() {
		var last string
		ticker := time.NewTicker(l.patience / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				names <- last
				return
			case <-ticker.C:
			}
			var now string
			// Not ctx: a query that is cut short would end the connection.
			err := l.watch.QueryRow(context.WithoutCancel(ctx), `SELECT coalesce(string_agg(`+session+`, '; '), '') FROM pg_stat_activity AS a WHERE a.pid = ANY (pg_blocking_pids($1))`,
				int64(l.conn.PgConn().PID())).Scan(&now)
			if err == nil && now != "" {
				last = now
			}
		}
	}()
	return names, func(names chan string) string {
		cancel()
		return <-names
	}
}

// lockFailed reports whether a transaction failed because of others, and may be tried again.
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

// heldBy names who blocks, or else what the last attempt failed for: its work may take longer than a lock may be held.
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
