package store

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/store/connection"
)

// Pooler is what the configuration says about the address of the database.
type Pooler int

const (
	// PoolerUnknown lets Open find out whether a pooler shares sessions.
	PoolerUnknown Pooler = iota
	// PoolerNone means that each connection has a session to itself.
	PoolerNone
	// PoolerTransaction means that a pooler gives each transaction a session.
	PoolerTransaction
)

// sharing is what a pool knows about the sessions of its connections. If a pooler shares them between transactions,
// nothing may depend on a session: statements are prepared only if the pooler supports it, sessions keep their settings,
// and no work that needs a session runs.
type sharing struct {
	known    atomic.Bool // false until the first connection has shown it
	shared   atomic.Bool
	pooled   atomic.Bool // a pooler hides PostgreSQL's process ids
	prepares atomic.Bool // the pooler supports prepared statements
	onShared func()      // called if shared sessions show only later; may be nil
}

// SQLSTATEs of a statement that another client has prepared in the same session, or that the session lacks.
const (
	duplicatePreparedStatement = "42P05"
	noSuchPreparedStatement    = "26000"
)

// prepareMode selects how the statements of a new connection run.
func (p *connections) prepareMode(config *pgx.ConnConfig) {
	if p.sharing.shared.Load() && !p.sharing.prepares.Load() {
		connection.Unprepared(config)
	}
}

// prepareSession configures the planner of a session that belongs to the connection.
func (p *connections) prepareSession(ctx context.Context, conn *pgx.Conn) error {
	isUnknown := !p.sharing.known.Load() && watchedConnOf(conn.PgConn()).session == session{}
	if isUnknown || p.sharing.shared.Load() {
		return nil
	}
	return prepareSession(ctx, conn)
}

// settle applies the settings of a new connection.
func (s *sharing) settle(ctx context.Context, conn *pgconn.PgConn) error {
	switch {
	case s.shared.Load():
		return connection.SettleShared(ctx, conn)
	case s.known.Load():
		return connection.SettleOwn(ctx, conn)
	}
	return connection.Settle(ctx, conn)
}

// findSharing finds out on the first connection whether a pooler shares sessions, unless the configuration says so, and
// checks what the pooler supports. It opens two more connections if there is a pooler, otherwise none.
func (p *connections) findSharing(ctx context.Context, first *pgx.Conn) error {
	s := &p.sharing
	isConfigured := s.known.Load()
	s.pooled.Store(watchedConnOf(first.PgConn()).session == session{})
	if !isConfigured && s.pooled.Load() {
		found, err := connection.FindSharing(ctx, p.Config().ConnConfig)
		if err != nil {
			return err
		}
		s.shared.Store(found == connection.TransactionPooler)
	}
	s.known.Store(true)
	if s.shared.Load() {
		if err := p.checkShared(ctx, first.PgConn(), isConfigured); err != nil {
			return err
		}
	}
	if s.pooled.Load() {
		p.Reset() // this connection was opened before its sharing was known
	}
	return nil
}

// checkShared checks that transactions work on shared sessions, and whether prepared statements do. If the address
// demands prepared statements, they must. If the configuration names the pooler, and the address does not demand them,
// they are not used.
func (p *connections) checkShared(ctx context.Context, conn *pgconn.PgConn, isConfigured bool) error {
	if err := connection.CheckTransactions(ctx, conn); err != nil {
		return err
	}
	config := p.Config().ConnConfig
	isDemanded := strings.Contains(config.ConnString(), "default_query_exec_mode=")
	if config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement || isConfigured && !isDemanded {
		return nil
	}
	err := connection.CheckPrepared(ctx, conn)
	var unsupported *connection.UnfitError
	if errors.As(err, &unsupported) && !isDemanded {
		return nil
	}
	p.sharing.prepares.Store(err == nil)
	return err
}

// noteShared reacts to an error that occurs only if sessions are shared: the pool_mode of a pooler has changed, or its
// support for prepared statements. From now on no statement is prepared.
func (p *connections) noteShared() {
	hadPrepared := p.sharing.prepares.Swap(false)
	if p.sharing.shared.Swap(true) && !hadPrepared {
		return
	}
	go func() { <-p.ready; p.Reset() }()
	if p.sharing.onShared != nil {
		p.sharing.onShared()
	}
}

// Sharing returns which session executes the transactions of a connection.
func (s *Store) Sharing() connection.Sharing {
	switch {
	case s.pool.sharing.shared.Load():
		return connection.TransactionPooler
	case s.pool.sharing.pooled.Load():
		return connection.SessionPooler
	}
	return connection.Direct
}

// PreparesStatements reports whether statements are prepared, rather than parsed for each execution.
func (s *Store) PreparesStatements() bool {
	mode := s.pool.Config().ConnConfig.DefaultQueryExecMode
	return mode == pgx.QueryExecModeCacheStatement && (!s.pool.sharing.shared.Load() || s.pool.sharing.prepares.Load())
}
