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
	known, err := s.callers.get(ctx, id.Subject)
	if err == nil && known != nil && id.Local && id.Version > known.version {
		// Another instance has changed the password and issued this token since known was read.
		s.callers.drop(id.Subject)
		known, err = s.callers.get(ctx, id.Subject)
	}
	switch {
	case err != nil:
		return viewer.Viewer{}, err
	case id.Local && (known == nil || known.version != id.Version):
		return viewer.Viewer{}, errTokenEnded
	case known == nil:
		return s.linkVerified(ctx, id)
	}
	return viewer.Viewer{CognitoID: id.Subject, Registered: true, Operator: known.operator}, nil
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
type standing struct {
	operator bool
	version  int64
	asOf     time.Time
}

// callers remembers the accounts of those who call, so that most requests need no statement to find out who asks. That
// there is no account is never remembered: it is about to be made.
type callers struct {
	find    func(context.Context, string) (*model.Account, error)
	now     func() time.Time
	known   *lru.Cache[string, *standing]
	lookups singleflight.Group

	// mu makes "nothing was dropped meanwhile" and the keeping of what was found one step.
	mu    sync.Mutex
	drops uint64

	hits, misses atomic.Int64
}

func newCallers(find func(context.Context, string) (*model.Account, error), now func() time.Time) *callers {
	known, err := lru.New[string, *standing](callerCount)
	if err != nil {
		panic(err) // for a size that is not positive only
	}
	return &callers{find: find, now: now, known: known}
}

// get is a caller's standing, nil where there is no account.
func (c *callers) get(ctx context.Context, id string) (*standing, error) {
	if known := c.remembered(id); known != nil {
		c.hits.Add(1)
		return known, nil
	}
	c.misses.Add(1)
	// Those who ask for the same caller at the same time share a lookup: it goes on when the first of them leaves.
	lookup := c.lookups.DoChan(id, func() (any, error) { return c.look(context.WithoutCancel(ctx), id) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-lookup:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*standing), nil
	}
}

// remembered is what is known of a caller and not too old, nil where nothing is.
func (c *callers) remembered(id string) *standing {
	if known, ok := c.known.Get(id); ok && c.now().Sub(known.asOf) < callerAge {
		return known
	}
	return nil
}

func (c *callers) look(ctx context.Context, id string) (*standing, error) {
	if known := c.remembered(id); known != nil { // another lookup ended just before this one began
		return known, nil
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
	found := &standing{operator: isOperator(account.Role), version: account.TokenVersion, asOf: asOf}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops == drops { // else it may have been read before the change that the drop is about
		c.known.Add(id, found)
	}
	return found, nil
}

// drop forgets a caller, after a change of the account has been committed: whoever asks from here on sees the change.
func (c *callers) drop(id string) {
	c.mu.Lock()
	c.drops++
	c.known.Remove(id)
	c.mu.Unlock()
	c.lookups.Forget(id)
}

func isOperator(role model.UserRole) bool { return role == model.UserRoleOptUser }
