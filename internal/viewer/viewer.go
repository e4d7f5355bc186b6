// Package viewer holds the caller of an operation: who asks, as far as the request proved it.
package viewer

import (
	"context"
	"net/netip"

	"followgraph/internal/limit"
)

// Viewer is a caller. The zero Viewer is anonymous.
type Viewer struct {
	CognitoID  string     // whom a valid token named; empty for the anonymous
	Registered bool       // whether that one has an account; a Cognito user may have none yet
	Operator   bool       // whether the account has the role OPT_USER
	Machine    bool       // whether the token is an app client's own (client credentials): it never has an account
	Address    netip.Addr // where the request came from; attempts are limited by it
	// Refusal is why the token of the request was not taken, nil where there was none or it was. Such a caller is anonymous,
	// and may sign in and register, but nothing else.
	Refusal error
}

// SignedIn tells whether the caller has proved to be somebody, with an account or without.
func (v Viewer) SignedIn() bool { return v.CognitoID != "" }

// Is tells whether the caller is the user with a Cognito id.
func (v Viewer) Is(cognitoID string) bool { return v.Registered && v.CognitoID == cognitoID }

// Network returns the network of the caller's address, by which callers who are not signed in are told apart.
func (v Viewer) Network() netip.Addr { return limit.Network(v.Address) }

type key struct{}

// With returns a context whose caller is v.
func With(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, key{}, &v)
}

// From returns the caller, an anonymous one for a context without any.
func From(ctx context.Context) Viewer {
	if v, ok := ctx.Value(key{}).(*Viewer); ok {
		return *v
	}
	return Viewer{}
}

// SignIn makes v the caller of everything that goes on under the innermost With: whoever signs in within a mutation
// sees its payload as themself. It must happen before anything that it is about, as a mutation does before its payload.
func SignIn(ctx context.Context, v Viewer) {
	if at, ok := ctx.Value(key{}).(*Viewer); ok {
		*at = v
	}
}
