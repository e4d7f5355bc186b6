package social

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

var errTokenEnded = apperr.New(apperr.Unauthenticated, "the token is no longer valid: sign in again")

// Caller returns the caller that a token names, without an address. It returns UNAUTHENTICATED for a local token whose
// account was deleted or has invalidated its tokens. A Cognito user without an account is signed in but not registered,
// and so is an app client that signed in as itself.
//
// The result is that of Options.Accounts if it is current. Otherwise it may be up to maxCallerAge old; a change by this
// instance is visible at once.
func (s *Service) Caller(ctx context.Context, id auth.Identity) (viewer.Viewer, error) {
	if id.Machine {
		return viewer.Viewer{CognitoID: id.Subject, Machine: true}, nil
	}
	if s.options.Accounts != nil {
		version, role, found, current := s.options.Accounts.TokenVersion(id.Subject)
		switch {
		case !current:
		case found && (!id.Local || id.Version == version):
			return viewer.Viewer{CognitoID: id.Subject, Registered: true, Operator: isOperator(role)}, nil
		case found && id.Version < version:
			return viewer.Viewer{}, errTokenEnded
		default:
			return s.newerCaller(ctx, id)
		}
	}
	if caller, ok := s.callerAway(ctx, id, false); ok {
		return caller, nil
	}
	state, err := s.callers.get(ctx, id.Subject)
	if err == nil && state != nil && id.Local && id.Version > state.version {
		// Another instance changed the password and issued this token after state was read.
		s.callers.forget(id.Subject)
		state, err = s.callers.get(ctx, id.Subject)
	}
	return s.callerWith(ctx, id, state, err)
}

// newerCaller returns the caller of a token that memory does not know. The account, or a change of it, may be so new that
// memory lacks it. It may also have been deleted after the cache has read it, so the cache does not decide.
func (s *Service) newerCaller(ctx context.Context, id auth.Identity) (viewer.Viewer, error) {
	if caller, ok := s.callerAway(ctx, id, false); ok {
		return caller, nil
	}
	state, err := s.callers.newest(ctx, id.Subject)
	caller, err := s.callerWith(ctx, id, state, err)
	if caller.Registered {
		s.options.Accounts.ReadSQL(ctx) // after the account was read or linked, so that the operation sees it
	}
	return caller, err
}

// callerWith returns the caller of a token, given the state of the account: nil if there is none.
func (s *Service) callerWith(ctx context.Context, id auth.Identity, state *callerState, err error) (viewer.Viewer, error) {
	switch {
	case err != nil:
		if caller, ok := s.callerAway(ctx, id, apperr.CodeOf(err) == apperr.Unavailable); ok {
			return caller, nil
		}
		return viewer.Viewer{}, err
	case id.Local && (state == nil || state.version != id.Version):
		return viewer.Viewer{}, errTokenEnded
	case state == nil:
		return s.linkVerified(ctx, id)
	}
	return viewer.Viewer{CognitoID: id.Subject, Registered: true, Operator: state.operator}, nil
}

// callerAway returns the caller of a token while the primary is away, by the account that a standby has. failed reports
// whether the primary has just not answered. An account or a token that the standby lacks may be newer, so ok is false for them.
func (s *Service) callerAway(ctx context.Context, id auth.Identity, failed bool) (caller viewer.Viewer, ok bool) {
	if s.options.Accounts == nil {
		return viewer.Viewer{}, false
	}
	version, role, found := s.options.Accounts.CallerAway(ctx, id.Subject, failed)
	if !found || id.Local && id.Version != version {
		return viewer.Viewer{}, false
	}
	return viewer.Viewer{CognitoID: id.Subject, Registered: true, Operator: isOperator(role)}, true
}

// ForgetCallers makes the next request of each of some accounts look the account up again; without ids, of all accounts.
// It is for changes by other instances and programs.
func (s *Service) ForgetCallers(cognitoIDs []string) {
	if cognitoIDs == nil {
		s.callers.forgetAll()
	}
	for _, id := range cognitoIDs {
		s.callers.forget(id)
	}
}

// CallerLookups returns how often Caller found an account in the cache, and how often it had to look it up or to wait
// for another lookup.
func (s *Service) CallerLookups() (hits, misses int64) {
	return s.callers.hits.Load(), s.callers.misses.Load()
}

// The limits of the cache of callers.
const (
	maxCallerAge  = 10 * time.Second // since the lookup began
	maxCallers    = 100_000          // accounts, about 200 bytes each
	lookupTimeout = 5 * time.Second  // maximum time of a lookup
)

// callerState is what requests need to know about a caller's account.
type callerState struct {
	operator bool
	version  int64
	readAt   time.Time
}

// callerCache caches the accounts of callers, so that most requests need no statement to identify the caller. Negative
// lookups are not cached: the user may be about to register.
type callerCache struct {
	find    func(context.Context, string) (*model.Account, error)
	now     func() time.Time
	entries *lru.Cache[string, *callerState]
	lookups singleflight.Group
	newer   singleflight.Group // lookups of newest

	// mu makes the check for invalidations and the insertion into the cache atomic.
	mu            sync.Mutex
	invalidations uint64

	hits, misses atomic.Int64
}

func newCallerCache(find func(context.Context, string) (*model.Account, error), now func() time.Time) *callerCache {
	entries, err := lru.New[string, *callerState](maxCallers)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &callerCache{find: find, now: now, entries: entries}
}

// get returns a caller's state, nil if there is no account.
func (c *callerCache) get(ctx context.Context, id string) (*callerState, error) {
	if state := c.cached(id); state != nil {
		c.hits.Add(1)
		return state, nil
	}
	return c.share(ctx, &c.lookups, id, c.load)
}

// newest is get without the cache, neither before nor after.
func (c *callerCache) newest(ctx context.Context, id string) (*callerState, error) {
	return c.share(ctx, &c.newer, id, c.read)
}

// share looks a caller up. Concurrent calls for the same caller share a lookup, which continues if the first of them
// leaves.
func (c *callerCache) share(
	ctx context.Context, lookups *singleflight.Group, id string, find func(context.Context, string) (*callerState, error),
) (*callerState, error) {
	c.misses.Add(1)
	lookup := lookups.DoChan(id, func() (any, error) { return find(context.WithoutCancel(ctx), id) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-lookup:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*callerState), nil
	}
}

// cached returns a caller's state if it is cached and not too old, otherwise nil.
func (c *callerCache) cached(id string) *callerState {
	if state, ok := c.entries.Get(id); ok && c.now().Sub(state.readAt) < maxCallerAge {
		return state
	}
	return nil
}

func (c *callerCache) load(ctx context.Context, id string) (*callerState, error) {
	if state := c.cached(id); state != nil { // another lookup ended just before this one began
		return state, nil
	}
	c.mu.Lock()
	invalidations := c.invalidations
	c.mu.Unlock()
	state, err := c.read(ctx, id)
	if err != nil || state == nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.invalidations == invalidations { // otherwise it may have been read before the change that caused the invalidation
		c.entries.Add(id, state)
	}
	return state, nil
}

// read reads a caller's state from the database, nil if there is no account.
func (c *callerCache) read(ctx context.Context, id string) (*callerState, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	readAt := c.now()
	account, err := c.find(ctx, id)
	if err != nil || account == nil {
		return nil, err
	}
	return &callerState{operator: isOperator(account.Role), version: account.TokenVersion, readAt: readAt}, nil
}

// forgetAll removes all callers.
func (c *callerCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.invalidations++
	c.entries.Purge()
}

// forget removes a caller after a change of the account was committed: later calls see the change.
func (c *callerCache) forget(id string) {
	c.mu.Lock()
	c.invalidations++
	c.entries.Remove(id)
	c.mu.Unlock()
	c.lookups.Forget(id)
	c.newer.Forget(id)
}

func isOperator(role model.UserRole) bool { return role == model.UserRoleOptUser }
