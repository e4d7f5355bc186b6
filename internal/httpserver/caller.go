package httpserver

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

// Authenticate tells whom a token names; an error is UNAUTHENTICATED where the token is not valid.
type Authenticate func(ctx context.Context, token string) (viewer.Viewer, error)

// withCaller puts the caller into the context: anonymous without a header Authorization, and never anonymous because of
// a header that cannot be used.
func (h *graphQL) withCaller(ctx context.Context, r *http.Request, from netip.Addr) (context.Context, error) {
	caller := viewer.Viewer{}
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		token, ok := bearer(values)
		if !ok {
			return ctx, apperr.New(apperr.Unauthenticated, "the header Authorization must be one, of the form: Bearer TOKEN")
		}
		var err error
		if caller, err = h.authenticate(ctx, token); err != nil {
			return ctx, err
		}
	}
	caller.Address = from
	noteCaller(ctx, caller.CognitoID)
	return viewer.With(ctx, caller), nil
}

// bearer is the token of a header Authorization (RFC 6750, 2.1; the scheme's name in either case: RFC 9110, 11.1).
func bearer(values []string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	return token, len(values) == 1 && strings.EqualFold(scheme, "Bearer") && token != ""
}
