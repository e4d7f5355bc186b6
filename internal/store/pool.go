package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"followgraph/internal/store/connection"
)

// connections are the pool, with what keeps it free of connections that are of no use.
type connections struct {
	*pgxpool.Pool
	ready          chan struct{} // closed when Pool is set: connections may be opened before
	checkIdleAfter time.Duration // how long a connection may be idle that is used without asking whether it still works
	idleCheck      singleRun     // the idle connections
	lastReset      atomic.Int64  // when all were opened again last, in nanoseconds since 1970
	stop           func()        // ends the watch
}

const (
	// idleUnchecked is connections.rest, unless a test is in a hurry.
	defaultCheckIdleAfter = time.Second
	// resetPeriod is how often all connections are opened again at most, because the database has become read-only.
	resetPeriod = 10 * time.Second
)

// openPool makes a pool of connections to the database at url. It connects to nothing yet.
func openPool(ctx context.Context, url string, maxConns int32, tracer pgx.QueryTracer) (*connections, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", redacted(err))
	}
	if err := connection.Configure(config.ConnConfig); err != nil {
		return nil, err
	}
	if config.ConnConfig.ConnectTimeout <= 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	pool := &connections{ready: make(chan struct{}), checkIdleAfter: defaultCheckIdleAfter}
	watcher := &connWatcher{onBroken: pool.checkIdle, conns: map[*watchedConn]struct{}{}, asking: map[endpoint]bool{}}
	dial := newDialer(config.ConnConfig.ConnectTimeout, watcher)
	config.MaxConns = maxConns
	config.ConnConfig.RuntimeParams["application_name"] = "followgraph"
	config.ConnConfig.Tracer = tracer
	config.ConnConfig.DialFunc, config.ConnConfig.AfterConnect = dial.dial, dial.ready
	config.ConnConfig.BuildContextWatcherHandler = cancelStatement
	config.ConnConfig.OnPgError = pool.handleServerError(config.ConnConfig.OnPgError)
	config.AfterConnect = prepareSession
	config.ShouldPing = func(ctx context.Context, p pgxpool.ShouldPingParams) bool {
		// True has the pool ping again, find the connection closed, and take another one.
		return p.IdleDuration > pool.checkIdleAfter && !answers(ctx, p.Conn)
	}
	config.BeforeClose = func(conn *pgx.Conn) {
		_ = conn.PgConn().Conn().SetDeadline(time.Now().Add(closeTimeout)) // fails where it is closed already
	}
	watcher.config = config.ConnConfig.Config.Copy()
	if pool.Pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("database url: %w", redacted(err))
	}
	close(pool.ready)
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() { defer close(ended); watcher.watch(watching) }()
	pool.stop = func() { cancel(); <-ended }
	return pool, nil
}

// Close waits for connections in use to be given back and closes the pool.
func (c *connections) Close() {
	c.Pool.Close()
	c.stop()
}

// cancelStatement makes the end of a context a CancelRequest to the server at once, so that a client
// that hung up costs PostgreSQL nothing more. The connection survives it; only where the server does
// not answer within a second is it closed.
func cancelStatement(conn *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{
		Conn:               conn,
		CancelRequestDelay: 0,
		DeadlineDelay:      closeTimeout,
	}
}

// answers reports whether the server answers on an idle connection, within answerTimeout. One that does not is of no use
// afterwards, and neither is one whose caller left meanwhile.
func answers(ctx context.Context, conn *pgx.Conn) bool {
	below := linkOf(conn.PgConn())
	late := time.AfterFunc(answerTimeout, below.giveUp)
	left := context.AfterFunc(ctx, below.giveUp)
	err := conn.PgConn().Ping(context.WithoutCancel(ctx)) // below the tracer: it is no operation's statement
	late.Stop()
	left()
	return err == nil && !below.givenUp.Load()
}

// check asks on all idle connections at once whether the server answers, and closes those on which it does not. What
// broke one connection has often broken them all, and each would cost a caller its operation, or the time until it is
// found out, one after the other.
func (c *connections) checkIdle() {
	c.idleCheck.start(func() {
		<-c.ready
		var all sync.WaitGroup
		for _, conn := range c.AcquireAllIdle(context.Background()) {
			all.Go(func() {
				answers(context.Background(), conn.Conn())
				conn.Release() // closes those that are of no use
			})
		}
		all.Wait()
	})
}

// judge has a connection closed whose server refuses a write because it is read-only, besides those that pgx closes. The
// server may have been the primary when the connection was opened. All others are opened again, too, so that
// target_session_attrs, or a name that leads to another server now, finds the new primary.
func (c *connections) handleServerError(others pgconn.PgErrorHandler) pgconn.PgErrorHandler {
	return func(conn *pgconn.PgConn, refused *pgconn.PgError) bool {
		if refused.Code != readOnlyTransaction {
			return others(conn, refused)
		}
		now, last := time.Now().UnixNano(), c.lastReset.Load()
		if now-last >= int64(resetPeriod) && c.lastReset.CompareAndSwap(last, now) {
			go func() { <-c.ready; c.Reset() }()
		}
		return false
	}
}

// Pool is how the pool of connections stands.
type Pool struct {
	Max      int           // connections at most
	Acquired int           // in use
	Idle     int           // open and not in use
	Acquires int64         // connections that were ever taken
	Waits    int64         // those of them that had to be waited for: none was idle
	Waited   time.Duration // the sum of those times
	Canceled int64         // waits that were given up
	Opened   int64         // connections that were ever opened
}

// Pool tells how the pool stands.
func (s *Store) Pool() Pool {
	stat := s.pool.Stat()
	return Pool{
		Max:      int(stat.MaxConns()),
		Acquired: int(stat.AcquiredConns()),
		Idle:     int(stat.IdleConns()),
		Acquires: stat.AcquireCount(),
		Waits:    stat.EmptyAcquireCount(),
		Waited:   stat.EmptyAcquireWaitTime(),
		Canceled: stat.CanceledAcquireCount(),
		Opened:   stat.NewConnsCount(),
	}
}
