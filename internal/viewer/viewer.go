// Package viewer holds the caller of an operation, with what the request proves about the caller.
package viewer

import (
	"context"
	"net/netip"

	"followgraph/internal/limit"
)

// Viewer is a caller. The zero Viewer is anonymous.
type Viewer struct {
	CognitoID  string     // the subject of a valid token; empty for an anonymous caller
	Registered bool       // whether the user has an account; a Cognito user may not have one yet
	Operator   bool       // whether the account has the role OPT_USER
	Machine    bool       // whether the token belongs to an app client (client credentials), which never has an account
	Address    netip.Addr // the address of the client; attempts are limited by it
	// Refusal is the reason why the token of the request was rejected, nil if there was none or it was accepted. A
	// caller with a Refusal is anonymous, and may only sign in and register.
	Refusal error
}

// SignedIn reports whether the caller has a valid token, with or without an account.
func (v Viewer) SignedIn() bool { return v.CognitoID != "" }

// Is reports whether the caller is the registered user with a Cognito id.
func (v Viewer) Is(cognitoID string) bool { return v.Registered && v.CognitoID == cognitoID }

// Network returns the network of the caller's address, which identifies anonymous callers.
func (v Viewer) Network() netip.Addr { return limit.Network(v.Address) }

type key struct{}

// With returns a context with the caller v.
func With(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, key{}, &v)
}

// From returns the caller of a context, an anonymous one if there is none.
func From(ctx context.Context) Viewer {
	if v, ok := ctx.Value(key{}).(*Viewer); ok {
		return *v
	}
	return Viewer{}
}

// SignIn makes v the caller of all that runs under the innermost With. So the payload of a mutation that signs in
// belongs to the new caller. SignIn must be called before concurrent reads, as a mutation does before its payload.
func SignIn(ctx context.Context, v Viewer) {
	if at, ok := ctx.Value(key{}).(*Viewer); ok {
		*at = v
	}
}
