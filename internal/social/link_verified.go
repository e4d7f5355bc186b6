package social

import (
	"context"
	"hash/maphash"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// LinkVerified selects the verified claims of a Cognito token that link an account of the previous service
// automatically.
type LinkVerified struct{ Email, PhoneNumber bool }

// The limits of linking by claims.
const (
	retryLinkAfter  = time.Minute // how long claims that linked nothing are not tried again
	maxLinkAttempts = 100_000     // remembered claims, about 100 bytes each
)

// linkAttempts remembers which claims have linked nothing, so that callers without an account do not cost a statement
// per request.
type linkAttempts struct {
	now      func() time.Time
	seed     maphash.Seed
	attempts *lru.Cache[uint64, time.Time]
	flights  singleflight.Group // by Cognito id
}

func newLinks(now func() time.Time) *linkAttempts {
	attempts, err := lru.New[uint64, time.Time](maxLinkAttempts)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &linkAttempts{now: now, seed: maphash.MakeSeed(), attempts: attempts}
}

// start reports whether claims should be tried, and records the attempt.
func (l *linkAttempts) start(id auth.Identity) bool {
	key := maphash.Comparable(l.seed, [3]string{id.Subject, id.VerifiedEmail, id.VerifiedPhoneNumber})
	now := l.now()
	if at, ok := l.attempts.Get(key); ok && now.Sub(at) < retryLinkAfter {
		return false
	}
	l.attempts.Add(key, now)
	return true
}

// linkVerified returns the caller of a Cognito token who has no account. If Options.LinkVerified allows it and exactly
// one account has the verified value of the token, that account becomes the caller's. It must have a generated id and
// the role END_USER. The previous service verified nothing, so the account may have been registered by another person,
// who knows its password. Therefore the link removes the password and invalidates the account's tokens.
//
// If nothing is linked, for whatever reason, there is no error.
func (s *Service) linkVerified(ctx context.Context, id auth.Identity) (viewer.Viewer, error) {
	caller := viewer.Viewer{CognitoID: id.Subject}
	proved := model.VerifiedClaims{Email: id.VerifiedEmail, PhoneNumber: id.VerifiedPhoneNumber}
	wanted := model.VerifiedClaims{}
	if s.options.LinkVerified.Email {
		wanted.Email = proved.Email
	}
	if s.options.LinkVerified.PhoneNumber {
		wanted.PhoneNumber = proved.PhoneNumber
	}
	if id.Local || id.Machine || wanted == (model.VerifiedClaims{}) || globalid.IsLocalID(id.Subject) {
		return caller, nil
	}
	// Concurrent requests share a link attempt, which continues if the first of them leaves.
	flight := s.links.flights.DoChan(id.Subject, func() (any, error) {
		if !s.links.start(id) {
			return nil, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
		defer cancel()
		return s.link(ctx, id.Subject, wanted, proved), nil
	})
	select {
	case <-ctx.Done():
		return caller, ctx.Err()
	case result := <-flight:
		if account, ok := result.Val.(*model.Account); ok && account != nil {
			caller.Registered = true
		}
		return caller, nil
	}
}

// link returns the account that it has linked, nil if it has linked none.
func (s *Service) link(ctx context.Context, cognitoID string, wanted, proved model.VerifiedClaims) *model.Account {
	account, err := s.accounts.AccountByClaims(ctx, wanted, proved)
	if err == nil && (account == nil || !globalid.IsLocalID(account.CognitoID) || account.Role != model.UserRoleEndUser) {
		return nil
	}
	var linked *model.Account
	if err == nil {
		e := newEvent(ctx, observe.LinkAccount)
		e.Actor = cognitoID
		e.setSubject(account.CognitoID)
		linked, err = s.moveAccount(ctx, model.AccountMove{From: account.CognitoID, To: cognitoID, DisablePassword: true, Seen: account})
		e.report(ctx, err)
	}
	if err != nil {
		if apperr.CodeOf(err) == apperr.Internal {
			s.options.Log.WarnContext(ctx, "an account was not linked by a verified claim", "error", err)
		}
		return nil
	}
	return linked
}
