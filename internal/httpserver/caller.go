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

// Authenticate returns the caller that a token identifies. The error is UNAUTHENTICATED if the token is not valid.
type Authenticate func(ctx context.Context, token string) (viewer.Viewer, error)

// withCaller adds the caller to the context. A caller without a header Authorization is anonymous. If the header is
// malformed or its token is rejected, the caller has a Refusal, which distinguishes it from an anonymous one.
func (h *graphQL) withCaller(ctx context.Context, r *http.Request, from netip.Addr) (context.Context, viewer.Viewer) {
	caller := viewer.Viewer{}
	if values := r.Header.Values("Authorization"); slices.ContainsFunc(values, notEmpty) {
		// Authentication may link an account on behalf of the caller, so it has to know the address.
		caller = h.callerOf(viewer.With(ctx, viewer.Viewer{Address: from}), values)
	}
	caller.Address = from
	noteCaller(ctx, caller.CognitoID)
	return viewer.With(ctx, caller), caller
}

// notEmpty reports whether a header's value is not blank. Clients without a token may send an empty one, as Apollo's
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

// bearer returns the token of the header Authorization (RFC 6750, 2.1). The scheme's name is not case-sensitive (RFC
// 9110, 11.1).
func bearer(values []string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	return token, len(values) == 1 && strings.EqualFold(scheme, "Bearer") && token != ""
}
