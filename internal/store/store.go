// Package store runs every SQL statement of the product and turns driver errors into ours.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"followgraph/ent"
	"followgraph/internal/model"
	"followgraph/internal/observe"
)

// Options bound what a Store takes of the database; zero values take the defaults.
type Options struct {
	MaxConns       int32            // connections at most; default 16
	MaxFollowBatch int              // follows that are written together at most, default 128; 1: each by itself, for comparison
	Observer       observe.Observer // is told of statements, and of follows that are written together; nil: nobody is
}

const (
	defaultMaxConns       = 16
	defaultMaxFollowBatch = 128
)

// Store is the only door to PostgreSQL. It is safe for concurrent use and owns its pool.
type Store struct {
	pool      *pgxpool.Pool
	client    *ent.Client // on the pool
	follows   groupCommit[model.FollowKey, followed]
	unfollows groupCommit[model.FollowKey, model.FollowChange]
}

// Open connects to the database at url (any form that pgx takes) and checks that it answers.
// A malformed url is a plain error, an unreachable database one with code UNAVAILABLE; neither shows
// the url, which may hold a password.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", redacted(err))
	}
	if config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errors.New("database url: default_query_exec_mode=simple_protocol cannot be used: rows are read in binary")
	}
	config.MaxConns = opts.MaxConns
	if config.MaxConns <= 0 {
		config.MaxConns = defaultMaxConns
	}
	config.ConnConfig.RuntimeParams["application_name"] = "followgraph"
	config.ConnConfig.Tracer = tracer{opts.Observer}
	config.ConnConfig.BuildContextWatcherHandler = cancelStatement
	config.AfterConnect = prepareSession

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", redacted(err))
	}
	store := &Store{pool: pool, client: newClient(pool)}
	most := opts.MaxFollowBatch
	if most <= 0 {
		most = defaultMaxFollowBatch
	}
	store.follows.most, store.follows.write = most, store.writeFollows
	store.unfollows.most, store.unfollows.write = most, store.writeUnfollows
	store.follows.name, store.follows.observer = "follow", opts.Observer
	store.unfollows.name, store.unfollows.observer = "unfollow", opts.Observer
	if err := store.Ping(ctx); err != nil {
		store.Close()
		return nil, err
	}
	return store, nil
}

// cancelStatement makes the end of a context a CancelRequest to the server at once, so that a client
// that hung up costs PostgreSQL nothing more. The connection survives it; only where the server does
// not answer within a second is it closed.
func cancelStatement(conn *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{
		Conn:               conn,
		CancelRequestDelay: 0,
		DeadlineDelay:      time.Second,
	}
}

var sessionSQL = statement("session", nil)

// prepareSession settles how statements are planned. All are safe under a generic plan, which TestPlans holds, so none
// is ever planned again for its arguments: for one key PostgreSQL would do that each time. Memoize and JIT cost the
// lookups by key more than they save.
func prepareSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.PgConn().Exec(ctx, sessionSQL).ReadAll() // below the tracer: it is no operation's statement
	return err
}

// Close waits for connections in use to be given back and closes the pool.
func (s *Store) Close() {
	_ = s.client.Close() // has no connection that could fail to close
	s.pool.Close()
}

// Ping tells whether the database answers; an error has code UNAVAILABLE.
func (s *Store) Ping(ctx context.Context) error {
	return classify(s.pool.Ping(ctx))
}
