package httpserver

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

// browser is the header Accept of Chromium for a page.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

var pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
})

func TestWrongAddress(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){
		"no pages":   nil,
		"explorer":   func(options *Options) { options.Explorer = pages },
		"playground": func(options *Options) { options.Playground = pages },
		"both":       func(options *Options) { options.Explorer, options.Playground = pages, pages },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler := newHandler(change)
			for _, at := range []string{"/", "/graphql/", "/api/graphql", "/v1/graphql", "/query", "/api", "/graphql/x", "/gql"} {
				answer := ask(t, handler, http.MethodPost, at, `{"query": "{ __typename }"}`, "Content-Type", "application/json")
				requireRefused(t, http.StatusNotFound, apperr.BadRequest, answer)
				require.Contains(t, answer.Body.String(), "send operations to /graphql", at)
				require.NotContains(t, answer.Body.String(), `"data"`)
			}
			answer := ask(t, handler, http.MethodGet, "/api/graphql?query={__typename}", "")
			requireRefused(t, http.StatusNotFound, apperr.BadRequest, answer)
			answer = ask(t, handler, http.MethodPost, "/graphql", `{"query": "{ __typename }"}`, "Content-Type", "application/json")
			require.Equal(t, http.StatusOK, answer.Code)
		})
	}
}

// A page of another origin that asks at the wrong address may read the answer, which says so.
func TestWrongAddressOfOtherOrigins(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(options *Options) { options.CORSOrigins, options.Explorer = []string{friend}, pages })
	for _, at := range []string{"/", "/api/graphql"} {
		answer := ask(t, handler, http.MethodOptions, at, "", "Origin", friend, "Access-Control-Request-Method", "POST")
		require.Equal(t, http.StatusNoContent, answer.Code)
		answer = ask(t, handler, http.MethodPost, at, "{}", "Origin", friend, "Content-Type", "application/json")
		requireRefused(t, http.StatusNotFound, apperr.BadRequest, answer)
		require.Equal(t, friend, answer.Header().Get("Access-Control-Allow-Origin"))
		answer = ask(t, handler, http.MethodOptions, at, "", "Origin", stranger, "Access-Control-Request-Method", "POST")
		requireRefused(t, http.StatusForbidden, apperr.Forbidden, answer)
	}
	answer := ask(t, handler, http.MethodGet, "/", "", "Origin", friend)
	require.Equal(t, http.StatusOK, answer.Code)
	require.Empty(t, answer.Header().Get("Access-Control-Allow-Origin"), "the pages are for their own origin")
}

func TestBrowsersAreLedToThePlayground(t *testing.T) {
	t.Parallel()
	handler := newHandler(func(options *Options) { options.Explorer, options.Playground = pages, pages })
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, at := range []string{"/graphql", "/graphql/", "/api/graphql"} {
			for _, accept := range []string{browser, "text/html", "text/html;q=0.9, */*;q=0.1"} {
				answer := ask(t, handler, method, at, "", "Accept", accept)
				require.Equal(t, http.StatusFound, answer.Code)
				require.Equal(t, "/playground", answer.Header().Get("Location"))
				require.Contains(t, answer.Header().Values("Vary"), "Accept")
				require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
			}
		}
	}
	// What names a document is a request, whatever client sends it; and so is what takes answers as gladly as pages.
	answer := ask(t, handler, http.MethodGet, "/graphql?query={__typename}", "", "Accept", browser)
	require.Equal(t, http.StatusOK, answer.Code)
	require.JSONEq(t, `{"data": {"__typename": "Query"}}`, answer.Body.String())
	for _, accept := range []string{"", "*/*", "application/json", "application/json, text/html", "text/html;q=0", "application/graphql-response+json, text/html;q=0.5"} {
		answer := ask(t, handler, http.MethodGet, "/graphql", "", "Accept", accept)
		require.GreaterOrEqual(t, answer.Code, 400, accept)
	}
	require.GreaterOrEqual(t, ask(t, handler, http.MethodPost, "/graphql", "{}", "Accept", browser, "Content-Type", "application/json").Code, 400)
	answer = ask(t, newHandler(nil), http.MethodGet, "/graphql", "", "Accept", browser)
	requireRefused(t, http.StatusUnprocessableEntity, apperr.BadRequest, answer)
}

// The log tells of a preflight that failed: nothing else does.
func TestPreflightIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	handler := newHandler(func(options *Options) { options.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	preflight(t, handler, stranger+strings.Repeat("x", 1000))
	require.Contains(t, log.String(), `problem="no --cors-origin for https://evil.example`)
	require.Less(t, log.Len(), 800)
}

// TestTextOfRequests: a byte order mark is not part of the JSON, and half a character is no text.
func TestTextOfRequests(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	answer := ask(t, handler, http.MethodPost, "/graphql", "\ufeff"+`{"query": "{ __typename }"}`, "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, answer.Code)
	requireRefused(t, http.StatusBadRequest, apperr.BadRequest,
		ask(t, handler, http.MethodPost, "/graphql", "\ufeff\ufeff"+`{"query": "{ __typename }"}`, "Content-Type", "application/json"))
	for _, body := range []string{
		`{"query": "{ __typename }", "variables": {"a": "\ud83d"}}`, `{"query": "{ __typename } # \udc00"}`, `{"query": "{ __typename }", "other": "\ud83d\u0041"}`,
	} {
		answer := ask(t, handler, http.MethodPost, "/graphql", body, "Content-Type", "application/json")
		requireRefused(t, http.StatusBadRequest, apperr.BadRequest, answer)
		require.Contains(t, answer.Body.String(), "an unpaired surrogate")
	}
	answer = ask(t, handler, http.MethodPost, "/graphql", `{"query": "{ user(username: \"\\ud83d\") { id } }"}`, "Content-Type", "application/json")
	requireRefused(t, http.StatusBadRequest, apperr.ParseFailed, answer)
	require.Contains(t, answer.Body.String(), `"locations":[{"line":1,"column":19}]`)
	answer = ask(t, handler, http.MethodGet, `/graphql?query={__typename}&variables={"a":"\ud83d"}`, "")
	requireRefused(t, http.StatusBadRequest, apperr.BadRequest, answer)
	answer = post(t, handler, map[string]any{"query": "{ __typename }", "variables": map[string]any{"a": "😀"}})
	require.Equal(t, http.StatusOK, answer.Code)
}
