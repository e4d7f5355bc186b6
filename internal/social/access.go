package social

import (
	"context"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/viewer"
)

// The root fields by which one becomes somebody.
const (
	loginField         = "login"
	registerField      = "register"
	createProfileField = "createProfile"
	claimAccountField  = "claimAccount"
)

// MayAsk tells whether the caller may ask for a root field at all: UNAUTHENTICATED where only signing in would help,
// FORBIDDEN where only an account would. What a mutation asks beyond that is up to the mutation.
//
//   - Everybody may login and register, whatever token the request has: it may be that of the account before.
//   - Whoever is not signed in may read where Options.AnonymousReads says so.
//   - Whoever is signed in without an account, as a Cognito user may be, reads as one who is not signed in, and may do
//     nothing else but createProfile and claimAccount.
//   - Whoever has an account may ask for everything.
func (s *Service) MayAsk(ctx context.Context, field string) error {
	caller := viewer.From(ctx)
	switch {
	case caller.Registered, IsEntrance(field):
		return nil
	case caller.Refusal != nil:
		return caller.Refusal
	case caller.SignedIn():
		if field != createProfileField && field != claimAccountField && !s.options.AnonymousReads {
			return whyNoAccount(caller)
		}
	case !s.options.AnonymousReads:
		return errNotSignedIn
	}
	return nil
}

// IsEntrance reports whether a root field is for callers who are not signed in yet.
func IsEntrance(field string) bool { return field == loginField || field == registerField }

// MayEnter reports whether a document may have a root field that IsEntrance. It looks at the text alone.
func MayEnter(document string) bool {
	return strings.Contains(document, loginField) || strings.Contains(document, registerField)
}

// MayAskAnything tells whether MayAsk lets the caller ask for every root field.
func (s *Service) MayAskAnything(ctx context.Context) bool {
	caller := viewer.From(ctx)
	return caller.Registered || !caller.SignedIn() && caller.Refusal == nil && s.options.AnonymousReads
}

var (
	errNotSignedIn   = apperr.New(apperr.Unauthenticated, "sign in first")
	errNoAccount     = apperr.New(apperr.Forbidden, "make an account with createProfile first, or take over an older one with claimAccount")
	errMachine       = apperr.New(apperr.Forbidden, "the token is an app client's own (client credentials), not a user's: it has no account and can make none")
	errNotOperator   = apperr.New(apperr.Forbidden, "only the role OPT_USER may do this")
	errNoSuchAccount = apperr.New(apperr.NotFound, "there is no such account")
)

// noAccount is why a caller that is signed in and has no account may not do something.
func whyNoAccount(caller viewer.Viewer) error {
	if caller.Machine {
		return errMachine
	}
	return errNoAccount
}

// registered is the caller, who must have an account.
func registeredCaller(ctx context.Context) (viewer.Viewer, error) {
	caller := viewer.From(ctx)
	switch {
	case caller.Registered:
		return caller, nil
	case caller.SignedIn():
		return caller, whyNoAccount(caller)
	default:
		return caller, errNotSignedIn
	}
}

// operator tells with an error that the caller is none.
func requireOperator(ctx context.Context) error {
	caller, err := registeredCaller(ctx)
	if err == nil && !caller.Operator {
		err = errNotOperator
	}
	return err
}

// subject is whose account a mutation is about: the caller's own where userID is nil, else the named one's, which only
// operators may act on where it is not their own.
func targetAccount(ctx context.Context, userID *string) (cognitoID string, own bool, err error) {
	caller, err := registeredCaller(ctx)
	if err != nil {
		return "", false, err
	}
	if userID == nil {
		return caller.CognitoID, true, nil
	}
	cognitoID, err = globalid.ParseUser("userId", *userID)
	switch {
	case err != nil:
		return "", false, err
	case caller.Is(cognitoID):
		return cognitoID, true, nil
	case !caller.Operator:
		return "", false, errNotOperator
	}
	return cognitoID, false, nil
}

// seesPrivate tells whether the caller sees the private fields of a user.
func maySeePrivate(caller viewer.Viewer, cognitoID string) bool {
	return caller.Operator || caller.Is(cognitoID)
}
