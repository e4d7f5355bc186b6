// Package store runs every SQL statement of the product and turns driver errors into ours.
package store

import (
	"context"

	"followgraph/ent"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/store/connection"
)

// Options bound what a Store takes of the database; zero values take the defaults.
type Options struct {
	MaxConns       int32 // connections at most; default 16
	MaxFollowBatch int   // follows that are written together at most, default 128; 1: each by itself, for comparison
	// Repaired, unless nil, is told of each user whose counts had been wrong and were repaired because they stood in the way of a
	// change of follows. It is called by many goroutines at once.
	OnRepair func(context.Context, Drift)
	Observer observe.Observer // is told of statements, and of follows that are written together; nil: nobody is
}

const (
	defaultMaxConns       = 16
	defaultMaxFollowBatch = 128
)

// Store is the only door to PostgreSQL. It is safe for concurrent use and owns its pool.
type Store struct {
	pool      *connections
	client    *ent.Client // on the pool
	onRepair  func(context.Context, Drift)
	follows   groupCommit[model.FollowKey, followResult]
	unfollows groupCommit[model.FollowKey, model.FollowChange]
}

// Open connects to the database at url (any form that pgx takes) and checks that it answers.
// A malformed url is a plain error, an unreachable database one with code UNAVAILABLE, and one that cannot be used a
// connection.UnfitError; none shows the url, which may hold a password.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	if opts.MaxConns <= 0 {
		opts.MaxConns = defaultMaxConns
	}
	if opts.MaxFollowBatch <= 0 {
		opts.MaxFollowBatch = defaultMaxFollowBatch
	}
	pool, err := openPool(ctx, url, opts.MaxConns, tracer{opts.Observer})
	if err != nil {
		return nil, err
	}
	store := &Store{pool: pool, client: newClient(pool.Pool), onRepair: opts.OnRepair}
	store.follows.maxKeys, store.follows.write = opts.MaxFollowBatch, store.writeFollows
	store.unfollows.maxKeys, store.unfollows.write = opts.MaxFollowBatch, store.writeUnfollows
	store.follows.name, store.follows.observer = "follow", opts.Observer
	store.unfollows.name, store.unfollows.observer = "unfollow", opts.Observer
	store.follows.concurrency, store.follows.lockNames = followConcurrency(opts.MaxConns), followLocks
	store.unfollows.concurrency, store.unfollows.lockNames = followConcurrency(opts.MaxConns), followLocks
	store.follows.readLocks = func(ctx context.Context, names []string) (lockState, error) { return store.readLocks(ctx, names, true) }
	store.unfollows.readLocks = func(ctx context.Context, names []string) (lockState, error) {
		return store.readLocks(ctx, names, false)
	}
	if err := store.connect(ctx); err != nil {
		store.Close()
		return nil, connection.Cause(err) // not UNAVAILABLE where to try again does not help
	}
	return store, nil
}

// connect makes the first connection. Where a pooler is in between, it finds out whether that keeps prepared statements.
func (s *Store) connect(ctx context.Context) error {
	first, err := s.pool.Acquire(ctx)
	if err != nil {
		return classify(ctx, err)
	}
	pooled := linkOf(first.Conn().PgConn()).session == session{}
	first.Release()
	if pooled {
		err = connection.CheckPrepared(ctx, s.pool.Config().ConnConfig)
	}
	return classify(ctx, err)
}

// lanes is how many statements may write follows at once, and as many unfollows: a quarter of the connections each, 4 at
// most, so that reads always have some.
func followConcurrency(connections int32) int { return int(min(max(1, connections/4), 4)) }

// Close waits for connections in use to be given back and closes the pool.
func (s *Store) Close() {
	_ = s.client.Close() // has no connection that could fail to close
	s.pool.Close()
}

// Ping tells whether the database answers; an error has code UNAVAILABLE.
func (s *Store) Ping(ctx context.Context) error {
	return classify(ctx, s.pool.Ping(ctx))
}
