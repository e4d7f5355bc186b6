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

var errTokenEnded = apperr.New(apperr.Unauthenticated, "the token has ended: sign in again")

// Caller is the caller that a token names, without an address. A local token whose account is gone, or has ended its
// tokens since, is UNAUTHENTICATED; a Cognito user without an account is signed in and not registered,
// and so is an app client that signed in as itself.
//
// What it knows of an account may be callerAge old. A change that this instance made is seen at once.
func (s *Service) Caller(ctx context.Context, id auth.Identity) (viewer.Viewer, error) {
	if id.Machine {
		return viewer.Viewer{CognitoID: id.Subject, Machine: true}, nil
	}
	entries, err := s.callers.get(ctx, id.Subject)
	if err == nil && entries != nil && id.Local && id.Version > entries.version {
		// Another instance has changed the password and issued this token since known was read.
		s.callers.forget(id.Subject)
		entries, err = s.callers.get(ctx, id.Subject)
	}
	switch {
	case err != nil:
		return viewer.Viewer{}, err
	case id.Local && (entries == nil || entries.version != id.Version):
		return viewer.Viewer{}, errTokenEnded
	case entries == nil:
		return s.linkVerified(ctx, id)
	}
	return viewer.Viewer{CognitoID: id.Subject, Registered: true, Operator: entries.operator}, nil
}

// CallerLookups tells how often Caller knew an account, and how often it had to ask for it or to wait for somebody who did.
func (s *Service) CallerLookups() (hits, misses int64) {
	return s.callers.hits.Load(), s.callers.misses.Load()
}

// The bounds of what is remembered of callers.
const (
	callerAge    = 10 * time.Second // since the lookup began
	callerCount  = 100_000          // accounts, about 200 bytes each
	lookupLength = 5 * time.Second  // at most
)

// standing is what requests need to know of a caller's account.
type callerState struct {
	operator bool
	version  int64
	asOf     time.Time
}

// callers remembers the accounts of those who call, so that most requests need no statement to find out who asks. That
// there is no account is never remembered: it is about to be made.
type callerCache struct {
	find    func(context.Context, string) (*model.Account, error)
	now     func() time.Time
	entries *lru.Cache[string, *callerState]
	lookups singleflight.Group

	// mu makes "nothing was dropped meanwhile" and the keeping of what was found one step.
	mu    sync.Mutex
	drops uint64

	hits, misses atomic.Int64
}

func newCallers(find func(context.Context, string) (*model.Account, error), now func() time.Time) *callerCache {
	entries, err := lru.New[string, *callerState](callerCount)
	if err != nil {
		panic(err) // for a size that is not positive only
	}
	return &callerCache{find: find, now: now, entries: entries}
}

// get is a caller's standing, nil where there is no account.
func (c *callerCache) get(ctx context.Context, id string) (*callerState, error) {
	if entries := c.cached(id); entries != nil {
		c.hits.Add(1)
		return entries, nil
	}
	c.misses.Add(1)
	// Those who ask for the same caller at the same time share a lookup: it goes on when the first of them leaves.
	lookup := c.lookups.DoChan(id, func() (any, error) { return c.load(context.WithoutCancel(ctx), id) })
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

// remembered is what is known of a caller and not too old, nil where nothing is.
func (c *callerCache) cached(id string) *callerState {
	if entries, ok := c.entries.Get(id); ok && c.now().Sub(entries.asOf) < callerAge {
		return entries
	}
	return nil
}

func (c *callerCache) load(ctx context.Context, id string) (*callerState, error) {
	if entries := c.cached(id); entries != nil { // another lookup ended just before this one began
		return entries, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupLength)
	defer cancel()
	c.mu.Lock()
	drops := c.drops
	c.mu.Unlock()
	asOf := c.now()
	account, err := c.find(ctx, id)
	if err != nil || account == nil {
		return nil, err
	}
	state := &callerState{operator: isOperator(account.Role), version: account.TokenVersion, asOf: asOf}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops == drops { // else it may have been read before the change that the drop is about
		c.entries.Add(id, state)
	}
	return state, nil
}

// drop forgets a caller, after a change of the account has been committed: whoever asks from here on sees the change.
func (c *callerCache) forget(id string) {
	c.mu.Lock()
	c.drops++
	c.entries.Remove(id)
	c.mu.Unlock()
	c.lookups.Forget(id)
}

func isOperator(role model.UserRole) bool { return role == model.UserRoleOptUser }
