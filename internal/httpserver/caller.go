package httpserver

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

// Authenticate tells whom a token names; an error is UNAUTHENTICATED where the token is not valid.
type Authenticate func(ctx context.Context, token string) (viewer.Viewer, error)

// withCaller puts the caller into the context: anonymous without a header Authorization. Where the header cannot be used,
// or its token is not taken, the caller has a Refusal, and so is not taken for one without a header.
func (h *graphQL) withCaller(ctx context.Context, r *http.Request, from netip.Addr) (context.Context, viewer.Viewer) {
	caller := viewer.Viewer{}
	if values := r.Header.Values("Authorization"); slices.ContainsFunc(values, notEmpty) {
		// What finds out who the caller is may act for the caller, and tells where that came from.
		caller = h.callerOf(viewer.With(ctx, viewer.Viewer{Address: from}), values)
	}
	caller.Address = from
	noteCaller(ctx, caller.CognitoID)
	return viewer.With(ctx, caller), caller
}

// notEmpty reports whether a header's value says anything. Clients that have no token send an empty one: Apollo's
// documented link does.
func notEmpty(value string) bool { return strings.Trim(value, " \t") != "" }

func (h *graphQL) callerOf(ctx context.Context, authorization []string) viewer.Viewer {
	token, ok := bearer(authorization)
	if !ok {
		return viewer.Viewer{Refusal: errNoBearer}
	}
	caller, err := h.authenticate(ctx, token)
	if err != nil {
		return viewer.Viewer{Refusal: err}
	}
	return caller
}

var errNoBearer = apperr.New(apperr.Unauthenticated, "the request must have one Authorization header of the form: Bearer TOKEN")

// bearer is the token of a header Authorization (RFC 6750, 2.1; the scheme's name in either case: RFC 9110, 11.1).
func bearer(values []string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	return token, len(values) == 1 && strings.EqualFold(scheme, "Bearer") && token != ""
}
