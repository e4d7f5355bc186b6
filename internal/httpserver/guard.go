package httpserver

import (
	"context"
	"sync/atomic"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

// Session is what a valid token proves, for as long as a connection lasts.
type Session struct {
	// Expires is when the token has to be rejected; zero: never.
	Expires time.Time
	// Caller returns the caller as of now. The error is UNAUTHENTICATED if the token is not valid any more.
	Caller func(context.Context) (viewer.Viewer, error)
}

// Identify returns the session of a token. The error is that of Authenticate.
type Identify func(ctx context.Context, token string) (Session, error)

// identify returns the session of a token.
func (h *graphQL) identify(ctx context.Context, token string) (Session, error) {
	if h.sessions != nil {
		return h.sessions(ctx, token)
	}
	return Session{Caller: func(ctx context.Context) (viewer.Viewer, error) { return h.authenticate(ctx, token) }}, nil
}

// tokenEnd is why a stream ends with its token.
type tokenEnd struct {
	code closeCode // on a WebSocket
	err  *apperr.Error
}

// The ends of a token. Clients connect again by themselves after closeForbidden, and not after closeUnauthorized: with a
// new token, or with the rights that the caller still has, that can succeed.
var (
	endExpired  = tokenEnd{closeForbidden, apperr.New(apperr.Unauthenticated, "the token has expired: connect again with a new one")}
	endRevoked  = tokenEnd{closeUnauthorized, apperr.New(apperr.Unauthenticated, "the token is no longer valid: sign in again")}
	endDeleted  = tokenEnd{closeUnauthorized, apperr.New(apperr.Unauthenticated, "the account was deleted")}
	endLostRole = tokenEnd{closeForbidden, apperr.New(apperr.Forbidden, "the account has lost a role: connect again")}
)

// checkTimeout limits one look at an account.
const checkTimeout = 5 * time.Second

// checkAgain is when an account is looked at again if the database cannot be reached. Meanwhile the stream goes on, as
// requests are accepted for some time.
const checkAgain = time.Second

// guard ends a stream when the token of its caller ends.
type guard struct {
	of      *Streams
	session Session
	caller  viewer.Viewer // when the stream began
	end     func(tokenEnd)
	expiry  *time.Timer // nil: the token does not expire

	// changes counts how often the account has changed, and known the changes that a look at it included.
	changes, known atomic.Uint64

	// The mutex of the streams guards these fields.
	prev, next *guard // of the same caller
	stopped    bool
}

// guard watches over a stream of a caller. end must not block, and may be called before guard returns. The caller must
// look at the account again afterwards: it may have changed before.
func (s *Streams) guard(session Session, caller viewer.Viewer, end func(tokenEnd)) *guard {
	g := &guard{of: s, session: session, caller: caller, end: end}
	s.mu.Lock()
	if g.next = s.guards[caller.CognitoID]; g.next != nil {
		g.next.prev = g
	}
	s.guards[caller.CognitoID] = g
	if !session.Expires.IsZero() {
		g.expiry = time.AfterFunc(time.Until(session.Expires), func() { end(endExpired) })
	}
	s.mu.Unlock()
	return g
}

// stop ends the watch. A nil guard watches over nothing.
func (g *guard) stop() {
	if g == nil {
		return
	}
	g.of.mu.Lock()
	defer g.of.mu.Unlock()
	if g.stopped {
		return
	}
	g.stopped = true
	if g.expiry != nil {
		g.expiry.Stop()
	}
	if g.next != nil {
		g.next.prev = g.prev
	}
	switch {
	case g.prev != nil:
		g.prev.next = g.next
	case g.next != nil:
		g.of.guards[g.caller.CognitoID] = g.next
	default:
		delete(g.of.guards, g.caller.CognitoID)
	}
}

func (g *guard) isStopped() bool {
	g.of.mu.Lock()
	defer g.of.mu.Unlock()
	return g.stopped
}

// check ends the stream if the token has ended. It looks again later if it cannot know.
func (g *guard) check() {
	if g.isStopped() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	if _, end, err := g.now(ctx); end != nil {
		g.end(*end)
	} else if err != nil {
		time.AfterFunc(checkAgain, g.check)
	}
}

// allowsEvent reports whether the stream may send an event that it has. The account may have changed before the event,
// and check may not have looked at it yet. It ends the stream if the token has ended. A nil guard allows every event.
func (g *guard) allowsEvent(ctx context.Context) bool {
	if g == nil || g.known.Load() == g.changes.Load() {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	_, end, _ := g.now(ctx) // after an error, the stream goes on until check knows more
	if end != nil {
		g.end(*end)
	}
	return end == nil
}

// now returns the caller as of now, and the end of the token if it has ended. The error is that of a lookup that
// failed.
func (g *guard) now(ctx context.Context) (viewer.Viewer, *tokenEnd, error) {
	changes := g.changes.Load()
	caller, err := g.session.Caller(ctx)
	switch {
	case apperr.CodeOf(err) == apperr.Unauthenticated:
		return caller, &endRevoked, nil
	case err != nil:
		return caller, nil, err
	case g.caller.Registered && !caller.Registered:
		return caller, &endDeleted, nil
	case g.caller.Operator && !caller.Operator:
		return caller, &endLostRole, nil
	}
	g.knows(changes)
	caller.Address = g.caller.Address
	return caller, nil, nil
}

// knows notes that a look at the account included its first changes.
func (g *guard) knows(changes uint64) {
	for known := g.known.Load(); known < changes; known = g.known.Load() {
		if g.known.CompareAndSwap(known, changes) {
			return
		}
	}
}
