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

// connections is the pool, with the state for removing broken connections from it.
type connections struct {
	*pgxpool.Pool
	ready          chan struct{} // closed when Pool is set: connections may be opened before
	checkIdleAfter time.Duration // how long an idle connection is used without a ping first
	idleCheck      singleRun     // of all idle connections
	lastReset      atomic.Int64  // when all connections were last reopened, in nanoseconds since 1970
	stop           func()        // ends the watcher
	growth         growth
	sharing        sharing
}

const (
	// defaultCheckIdleAfter is connections.checkIdleAfter outside of tests.
	defaultCheckIdleAfter = time.Second
	// resetPeriod is the minimum time between two resets of all connections because the database has become read-only.
	resetPeriod = 10 * time.Second
)

// openPool returns a pool of connections to the database at url. It does not connect yet.
func openPool(ctx context.Context, url string, maxConns int32, pooler Pooler, tracer tracer) (*connections, error) {
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
	pool.sharing.known.Store(pooler != PoolerUnknown)
	pool.sharing.shared.Store(pooler == PoolerTransaction)
	watcher := &connWatcher{onBroken: pool.checkIdle, conns: map[*watchedConn]struct{}{}, asking: map[endpoint]bool{}}
	dial := newDialer(config.ConnConfig.ConnectTimeout, watcher, &pool.sharing)
	config.MaxConns = maxConns
	config.ConnConfig.RuntimeParams["application_name"] = "followgraph"
	config.ConnConfig.Tracer = poolTracer{tracer, pool}
	config.ConnConfig.DialFunc, config.ConnConfig.AfterConnect = dial.dial, dial.ready
	config.ConnConfig.BuildContextWatcherHandler = cancelStatement
	config.ConnConfig.OnPgError = pool.handleServerError(config.ConnConfig.OnPgError)
	config.BeforeConnect = func(ctx context.Context, config *pgx.ConnConfig) error {
		pool.prepareMode(config)
		return pool.admit(ctx)
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if err := pool.prepareSession(ctx, conn); err != nil {
			return err
		}
		pool.growth.succeed()
		return nil
	}
	config.ShouldPing = func(ctx context.Context, p pgxpool.ShouldPingParams) bool {
		// If this returns true, the pool pings again, finds the connection closed, and takes another one.
		return p.IdleDuration > pool.checkIdleAfter && !answers(ctx, p.Conn)
	}
	config.BeforeClose = func(conn *pgx.Conn) {
		_ = conn.PgConn().Conn().SetDeadline(time.Now().Add(closeTimeout)) // fails only if it is already closed
	}
	watcher.config = config.ConnConfig.Config.Copy()
	if pool.Pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("database url: %w", redacted(err))
	}
	close(pool.ready)
	watchCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopped := make(chan struct{})
	go func() { defer close(stopped); watcher.watch(watchCtx) }()
	pool.stop = func() { cancel(); <-stopped }
	return pool, nil
}

// Close waits until connections in use are returned, and closes the pool.
func (p *connections) Close() {
	p.Pool.Close()
	p.stop()
}

// cancelStatement sends a CancelRequest to the server as soon as a context ends, so that PostgreSQL does no more work
// for a client that disconnected. The connection survives. It is closed only if the server does not answer within one
// second.
func cancelStatement(conn *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{
		Conn:               conn,
		CancelRequestDelay: 0,
		DeadlineDelay:      closeTimeout,
	}
}

// answers reports whether the server answers on an idle connection within answerTimeout. If it does not, or if the
// caller leaves meanwhile, the connection is unusable afterwards. A pooler may let the question wait for a session, so
// there the timeout is the one after which the watcher has asked whether the pooler itself answers.
func answers(ctx context.Context, conn *pgx.Conn) bool {
	below := watchedConnOf(conn.PgConn())
	timeout := answerTimeout
	if (below.session == session{}) {
		timeout = pooledAnswerTimeout
	}
	late := time.AfterFunc(timeout, below.giveUp)
	left := context.AfterFunc(ctx, below.giveUp)
	err := conn.PgConn().Ping(context.WithoutCancel(ctx)) // below the tracer: the ping belongs to no operation
	late.Stop()
	left()
	return err == nil && !below.givenUp.Load()
}

// checkIdle pings the server on all idle connections at once and closes those without an answer. A fault that breaks
// one connection often breaks all of them. Each broken connection would otherwise fail an operation, or delay it until
// the fault is detected.
func (p *connections) checkIdle() {
	p.idleCheck.start(func() {
		<-p.ready
		var group sync.WaitGroup
		for _, conn := range p.AcquireAllIdle(context.Background()) {
			group.Go(func() {
				answers(context.Background(), conn.Conn())
				conn.Release() // closes unusable connections
			})
		}
		group.Wait()
	})
}

// handleServerError also closes a connection if a prepared statement shows that its session is shared, or if the server
// rejects a write because it is read-only. For other errors, others decides. A read-only server may have been the
// primary when the connection was opened. All other connections are reopened too, so that target_session_attrs, or a
// host name that now points to another server, finds the new primary.
func (p *connections) handleServerError(others pgconn.PgErrorHandler) pgconn.PgErrorHandler {
	return func(conn *pgconn.PgConn, server *pgconn.PgError) bool {
		switch server.Code {
		case duplicatePreparedStatement, noSuchPreparedStatement:
			p.noteShared()
			return false
		case readOnlyTransaction:
		default:
			return others(conn, server)
		}
		now, last := time.Now().UnixNano(), p.lastReset.Load()
		if now-last >= int64(resetPeriod) && p.lastReset.CompareAndSwap(last, now) {
			go func() { <-p.ready; p.Reset() }()
		}
		return false
	}
}

// Pool is a snapshot of the connection pool.
type Pool struct {
	Max      int           // maximum number of connections
	Acquired int           // connections in use
	Idle     int           // open connections that are not in use
	Acquires int64         // connections acquired since the start
	Waits    int64         // acquires that had to wait because no connection was idle
	Waited   time.Duration // total time of these waits
	Canceled int64         // waits that were canceled
	Opened   int64         // connections opened since the start
	Refused  int64         // connections that the server has refused because it has too many
}

// Pool returns a snapshot of the connection pool.
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
		Refused:  s.pool.growth.refused.Load(),
	}
}
