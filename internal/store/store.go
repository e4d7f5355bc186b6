// Package store runs every SQL statement of the product and converts driver errors into errors of package apperr.
package store

import (
	"context"
	"sync/atomic"

	"followgraph/ent"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/store/connection"
)

// Options configures a Store. Zero values select the defaults.
type Options struct {
	MaxConns       int32 // connections at most; default 16
	MaxFollowBatch int   // follows per statement at most, default 128; 1: one statement per follow, for comparison
	// OnRepair, if not nil, is called for each user whose wrong counts blocked a change of follows and were repaired.
	// It is called from several goroutines at once.
	OnRepair func(context.Context, Drift)
	Observer observe.Observer // receives statements and batches of follows; may be nil
	Pooler   Pooler           // whether the url is that of a pooler
	OnShared func()           // called if a pooler begins to share sessions after Open; may be nil
}

const (
	defaultMaxConns       = 16
	defaultMaxFollowBatch = 128
	// parallelGroups makes one group wait for the disk while PostgreSQL executes another one. More groups would be
	// smaller, and the follows of a celebrity would only wait for each other.
	parallelGroups = 2
)

// Store is the only access to PostgreSQL. It is safe for concurrent use and owns its connection pool.
type Store struct {
	reads
	pool      *connections
	client    *ent.Client // uses the pool
	onRepair  func(context.Context, Drift)
	follows   groupCommit[model.FollowKey, followResult]
	unfollows groupCommit[model.FollowKey, model.FollowChange]
	rereads   atomic.Int64 // see readTwice
}

// Open connects to the database at url, in any form that pgx accepts, and checks that it answers. For a malformed url
// the error has no code, for an unreachable database it has the code UNAVAILABLE, and for an unusable database it is a
// connection.UnfitError. No error contains the url, which may contain a password.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	if opts.MaxConns <= 0 {
		opts.MaxConns = defaultMaxConns
	}
	if opts.MaxFollowBatch <= 0 {
		opts.MaxFollowBatch = defaultMaxFollowBatch
	}
	pool, err := openPool(ctx, url, opts.MaxConns, opts.Pooler, tracer{opts.Observer, observe.ServerPrimary})
	if err != nil {
		return nil, err
	}
	pool.sharing.onShared = opts.OnShared
	store := &Store{pool: pool, client: newClient(pool), onRepair: opts.OnRepair}
	store.reads = reads{store.run, limit.NewMutex(), defaultSearchLimits, maxFollowersWalk}
	store.follows.maxKeys, store.follows.write = opts.MaxFollowBatch, store.writeFollows
	store.unfollows.maxKeys, store.unfollows.write = opts.MaxFollowBatch, store.writeUnfollows
	store.follows.name, store.follows.observer = "follow", opts.Observer
	store.unfollows.name, store.unfollows.observer = "unfollow", opts.Observer
	store.follows.parallel, store.unfollows.parallel = parallelGroups, parallelGroups
	store.follows.concurrency, store.follows.lockNames = followConcurrency(opts.MaxConns), followLocks
	store.unfollows.concurrency, store.unfollows.lockNames = followConcurrency(opts.MaxConns), followLocks
	store.follows.readLocks = func(ctx context.Context, names []string) (lockState, error) { return store.readLocks(ctx, names, true) }
	store.unfollows.readLocks = func(ctx context.Context, names []string) (lockState, error) {
		return store.readLocks(ctx, names, false)
	}
	if err := store.connect(ctx); err != nil {
		store.Close()
		return nil, connection.Cause(err) // an UnfitError is not UNAVAILABLE: a retry would not help
	}
	return store, nil
}

// connect opens the first connection, and finds out whether a pooler shares sessions.
func (s *Store) connect(ctx context.Context) error {
	first, err := s.pool.Acquire(ctx)
	if err != nil {
		return classify(ctx, connection.Explain(err))
	}
	defer first.Release()
	return classify(ctx, s.pool.findSharing(ctx, first.Conn()))
}

// followConcurrency returns the maximum number of concurrent statements that write follows, which is also that for
// unfollows. It is a quarter of the connections, at most 4, so that connections remain for reads.
func followConcurrency(connections int32) int { return int(min(max(1, connections/4), 4)) }

// Close waits until connections in use are returned, and closes the pool.
func (s *Store) Close() {
	_ = s.client.Close() // holds no connection whose close could fail
	s.pool.Close()
}

// Ping checks that the database answers. If it does not, the error has code UNAVAILABLE.
func (s *Store) Ping(ctx context.Context) error {
	return classify(ctx, s.pool.Ping(ctx))
}
