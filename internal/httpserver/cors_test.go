package httpserver

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

const (
	friend   = "https://app.example"
	stranger = "https://evil.example"
)

func preflight(t *testing.T, handler http.Handler, origin string) got {
	t.Helper()
	return ask(t, handler, http.MethodOptions, "/graphql", "", "Origin", origin,
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
}

func TestOriginsAreClosedByDefault(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	answer := preflight(t, handler, friend)
	requireRefused(t, http.StatusForbidden, apperr.Forbidden, answer)
	require.Contains(t, answer.Body.String(), "--cors-origin")
	require.Empty(t, answer.Header().Get("Access-Control-Allow-Origin"))
	requireRefused(t, http.StatusMethodNotAllowed, apperr.BadRequest, ask(t, handler, http.MethodOptions, "/graphql", "", "Origin", friend))
	answer = get(t, handler, map[string]any{"query": "{ __typename }"}, "Origin", friend)
	require.Empty(t, answer.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, vary, answer.Header().Get("Vary"))
}

func TestOriginsThatAreNamed(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(options *Options) { options.CORSOrigins = []string{"http://localhost:3000", friend} })
	answer := preflight(t, handler, friend)
	require.Equal(t, http.StatusNoContent, answer.Code)
	require.Equal(t, friend, answer.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, "GET, HEAD, POST", answer.Header().Get("Access-Control-Allow-Methods"))
	require.Contains(t, answer.Header().Get("Access-Control-Allow-Headers"), "Authorization")
	require.Empty(t, answer.Header().Get("Access-Control-Allow-Credentials"))
	require.Equal(t, "Origin", answer.Header().Get("Vary"))

	answer = post(t, handler, map[string]any{"query": "{ __typename }"}, "Origin", friend)
	require.Equal(t, friend, answer.Header().Get("Access-Control-Allow-Origin"))
	require.Contains(t, answer.Header().Get("Access-Control-Expose-Headers"), "X-Request-Id")
	require.Equal(t, []string{"Origin", vary}, answer.Header().Values("Vary"))

	for _, origin := range []string{stranger, "null", "HTTPS://app.example", friend + ".evil.example", friend + ":8443", ""} {
		answer = preflight(t, handler, origin)
		requireRefused(t, http.StatusForbidden, apperr.Forbidden, answer)
		answer = post(t, handler, map[string]any{"query": "{ __typename }"}, "Origin", origin)
		require.Empty(t, answer.Header().Get("Access-Control-Allow-Origin"), origin)
		require.Equal(t, []string{"Origin", vary}, answer.Header().Values("Vary"), "caches must tell them apart")
	}
}

func TestAnyOrigin(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(options *Options) { options.CORSOrigins = []string{AnyOrigin} })
	answer := preflight(t, handler, stranger)
	require.Equal(t, http.StatusNoContent, answer.Code)
	require.Equal(t, "*", answer.Header().Get("Access-Control-Allow-Origin"))
	answer = get(t, handler, map[string]any{"query": "{ __typename }"})
	require.Equal(t, "*", answer.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, []string{vary}, answer.Header().Values("Vary"))
}

// TestNoForgery sends requests that a page of another origin can send without a preflight ("Fetch", 2.2.2
// CORS-safelisted). None of them changes data.
func TestNoForgery(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	const mutation = `{"query": "mutation { __typename }"}`
	for _, contentType := range []string{"application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/plain; charset=utf-8", ""} {
		answer := ask(t, handler, http.MethodPost, "/graphql", mutation, "Origin", stranger, "Content-Type", contentType)
		requireRefused(t, http.StatusUnsupportedMediaType, apperr.BadRequest, answer)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		answer := ask(t, handler, method, "/graphql?query=mutation{__typename}", "", "Origin", stranger)
		requireRefused(t, http.StatusMethodNotAllowed, apperr.BadRequest, answer)
	}
}
