package social

import (
	"context"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/viewer"
)

// The root fields by which one becomes somebody.
const (
	loginField         = "login"
	registerField      = "register"
	createProfileField = "createProfile"
)

// MayAsk tells whether the caller may ask for a root field at all: UNAUTHENTICATED where only signing in would help,
// FORBIDDEN where only an account would. What a mutation asks beyond that is up to the mutation.
//
//   - Whoever is not signed in may read where Options.AnonymousReads says so, and may always login and register.
//   - Whoever is signed in without an account, as a Cognito user may be, reads as one who is not signed in, and may do
//     nothing else but createProfile.
//   - Whoever has an account may ask for everything.
func (s *Service) MayAsk(ctx context.Context, field string) error {
	caller := viewer.From(ctx)
	entrance := field == loginField || field == registerField
	switch {
	case caller.Registered:
		return nil
	case caller.SignedIn():
		if field != createProfileField && (entrance || !s.options.AnonymousReads) {
			return errNoAccount
		}
	case !entrance && !s.options.AnonymousReads:
		return errNotSignedIn
	}
	return nil
}

// MayAskAnything tells whether MayAsk lets the caller ask for every root field.
func (s *Service) MayAskAnything(ctx context.Context) bool {
	caller := viewer.From(ctx)
	return caller.Registered || !caller.SignedIn() && s.options.AnonymousReads
}

var (
	errNotSignedIn   = apperr.New(apperr.Unauthenticated, "sign in first")
	errNoAccount     = apperr.New(apperr.Forbidden, "make an account with createProfile first")
	errNotOperator   = apperr.New(apperr.Forbidden, "only the role OPT_USER may do this")
	errNoSuchAccount = apperr.New(apperr.NotFound, "there is no such account")
)

// registered is the caller, who must have an account.
func registered(ctx context.Context) (viewer.Viewer, error) {
	caller := viewer.From(ctx)
	switch {
	case caller.Registered:
		return caller, nil
	case caller.SignedIn():
		return caller, errNoAccount
	default:
		return caller, errNotSignedIn
	}
}

// operator tells with an error that the caller is none.
func operator(ctx context.Context) error {
	caller, err := registered(ctx)
	if err == nil && !caller.Operator {
		err = errNotOperator
	}
	return err
}

// subject is whose account a mutation is about: the caller's own where userID is nil, else the named one's, which only
// operators may act on where it is not their own.
func subject(ctx context.Context, userID *string) (cognitoID string, own bool, err error) {
	caller, err := registered(ctx)
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
func seesPrivate(caller viewer.Viewer, cognitoID string) bool {
	return caller.Operator || caller.Is(cognitoID)
}
