package social

import (
	"context"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/viewer"
)

// Root fields with a rule of their own. All other fields of Query and Mutation share one rule: see MayAsk.
const (
	loginField         = "login"
	registerField      = "register"
	createProfileField = "createProfile"
	claimAccountField  = "claimAccount"
	typenameField      = "__typename"
	schemaField        = "__schema"
	typeField          = "__type"
)

// MayAsk returns an error if the caller may not select a root field at all: UNAUTHENTICATED if the caller has to sign
// in, FORBIDDEN if the caller needs an account. A mutation may check more than that.
//
//   - Every caller may select login and register, even with an invalid token: it may belong to a previous account.
//     Every caller may also select __typename, which clients add to any selection and which reveals nothing.
//   - A caller who is not signed in may read if Options.AnonymousReads is set.
//   - A caller who is signed in without an account, such as a new Cognito user, may read under the same condition. The
//     only mutations allowed are createProfile and claimAccount.
//   - A caller with an account may select every field.
func (s *Service) MayAsk(ctx context.Context, field string) error {
	caller := viewer.From(ctx)
	switch {
	case caller.Registered, field == typenameField, IsSignInField(field):
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

// IsSignInField reports whether a root field is for callers who are not signed in yet.
func IsSignInField(field string) bool { return field == loginField || field == registerField }

// MayContainSignIn reports whether the text of a document may select a field for which IsSignInField is true. It only
// searches the text, so a true result is a hint; a false result is certain.
func MayContainSignIn(document string) bool {
	return strings.Contains(document, loginField) || strings.Contains(document, registerField)
}

// MayAskAnything reports whether MayAsk allows the caller every root field.
func (s *Service) MayAskAnything(ctx context.Context) bool {
	caller := viewer.From(ctx)
	return caller.Registered || !caller.SignedIn() && caller.Refusal == nil && s.options.AnonymousReads
}

// MayIntrospect returns FORBIDDEN if the caller may not select a root field because it shows the schema. Operators may
// always read the schema, other callers if it is open.
func MayIntrospect(caller viewer.Viewer, field string, open bool) error {
	if (field == schemaField || field == typeField) && !open && !caller.Operator {
		return errIntrospectionOff
	}
	return nil
}

// MayRunUntrusted reports whether the caller may run a document that is in no manifest. If trustedOnly is set, only
// operators may.
func MayRunUntrusted(caller viewer.Viewer, trustedOnly bool) bool {
	return !trustedOnly || caller.Operator
}

// ViewerKey returns the key of the caller's account. ok is false if the caller has none: the field viewer is null then.
func ViewerKey(caller viewer.Viewer) (key model.UserKey, ok bool) {
	return model.UserKey{CognitoID: caller.CognitoID}, caller.Registered
}

// IsViewer reports whether a user is the caller.
func IsViewer(caller viewer.Viewer, cognitoID string) bool { return caller.Is(cognitoID) }

// FollowersYouKnowKey returns the key of the users who follow a user and that the caller follows; the user is left to
// the call site. ok is false if the caller has no account: the list is empty then.
func FollowersYouKnowKey(caller viewer.Viewer) (key model.ConnectionKey, ok bool) {
	return model.ConnectionKey{Kind: page.FollowersYouKnow, With: caller.CognitoID}, caller.Registered
}

var (
	errNotSignedIn      = apperr.New(apperr.Unauthenticated, "sign in first")
	errNoAccount        = apperr.New(apperr.Forbidden, "the caller has no account: create one with createProfile, or take over an older one with claimAccount")
	errMachine          = apperr.New(apperr.Forbidden, "the token belongs to an app client (client credentials), not to a user: an app client cannot have an account")
	errNotOperator      = apperr.New(apperr.Forbidden, "this requires the role OPT_USER")
	errIntrospectionOff = apperr.New(apperr.Forbidden, "introspection is disabled on this server")
	errNoSuchAccount    = apperr.New(apperr.NotFound, "the account does not exist")
)

// whyNoAccount returns the error for a caller who is signed in without an account.
func whyNoAccount(caller viewer.Viewer) error {
	if caller.Machine {
		return errMachine
	}
	return errNoAccount
}

// registeredCaller returns the caller, who must have an account.
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

// requireOperator returns an error if the caller is not an operator.
func requireOperator(ctx context.Context) error {
	caller, err := registeredCaller(ctx)
	if err == nil && !caller.Operator {
		err = errNotOperator
	}
	return err
}

// targetAccount returns the account that a mutation acts on: the caller's own if userID is nil, otherwise the named
// one. Only operators may act on another user's account.
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

// maySeePrivate reports whether the caller may see the private fields of a user.
func maySeePrivate(caller viewer.Viewer, cognitoID string) bool {
	return caller.Operator || caller.Is(cognitoID)
}
