package httpserver

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/limit"
	"followgraph/internal/persisted"
)

const publicMinute = "public, max-age=60"

func cached(t *testing.T) http.Handler {
	t.Helper()
	return newHandler(func(options *Options) {
		trust(t, map[string]string{
			"name": nameQuery, "mutation": "mutation { __typename }", "partial": `{ __typename node(id: "bad") { id } }`,
		})(options)
		options.AnonymousCacheControl = publicMinute
	})
}

func TestPersistedQueriesByGETAreKept(t *testing.T) {
	t.Parallel()
	handler := cached(t)
	named := map[string]any{"documentId": "name", "variables": ada}
	first := get(t, handler, named)
	requireData(t, nameData, first)
	tag := first.Header().Get("ETag")
	require.Regexp(t, `^"[A-Za-z0-9_-]{22}"$`, tag)
	require.Equal(t, publicMinute, first.Header().Get("Cache-Control"))
	require.Equal(t, "Accept, Accept-Encoding, Authorization", first.Header().Get("Vary"))

	head := ask(t, handler, http.MethodHead, "/graphql?documentId=name&variables="+url.QueryEscape(`{"id":"8c0e4a1e"}`), "")
	require.Equal(t, tag, head.Header().Get("ETag"))

	for _, known := range []string{tag, `"other", ` + tag, "W/" + tag, "*", `"a,b",W/"c" ,` + tag} {
		again := get(t, handler, named, "If-None-Match", known)
		require.Equal(t, http.StatusNotModified, again.Code, known)
		require.Empty(t, again.Body.Bytes())
		require.Equal(t, tag, again.Header().Get("ETag"))
		require.Equal(t, publicMinute, again.Header().Get("Cache-Control"))
		require.Equal(t, first.Header().Get("Vary"), again.Header().Get("Vary"))
		require.Empty(t, again.Header().Get("Content-Type"))
	}
	for _, other := range []string{`"other"`, strings.Trim(tag, `"`), `"` + tag + `"`, ""} {
		require.Equal(t, http.StatusOK, get(t, handler, named, "If-None-Match", other).Code, other)
	}
	named["documentId"] = "sha256:" + persisted.Hash(nameQuery)
	require.Equal(t, tag, get(t, handler, named).Header().Get("ETag"), "the same answer has the same tag")
}

// TestSharedResponsesOmitPersonalHeaders: a shared cache gets no headers about one caller.
func TestSharedResponsesOmitPersonalHeaders(t *testing.T) {
	t.Parallel()
	for cacheControl, shared := range map[string]bool{
		publicMinute: true, "max-age=60": true, "no-cache": true, "private, max-age=60": false, "no-store": false,
	} {
		handler := newHandler(func(options *Options) {
			trust(t, map[string]string{"name": nameQuery})(options)
			options.AnonymousCacheControl = cacheControl
			options.ServerTiming = true
			options.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 1000, Address: 1000}, time.Now)
			options.Explorer = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", cacheControl)
				w.Header().Set("Set-Cookie", "a=b")
				_, _ = io.WriteString(w, "{}")
			})
		})
		named := map[string]any{"documentId": "name", "variables": ada}
		first := get(t, handler, named)
		known := get(t, handler, named, "If-None-Match", first.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, known.Code)
		page := httptest.NewRecorder()
		handler.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		for _, header := range []http.Header{first.Header(), known.Header(), page.Header()} {
			require.Equal(t, cacheControl, header.Get("Cache-Control"))
			require.Equal(t, shared, header.Get("X-Request-Id") == "", cacheControl)
		}
		for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Used", "X-RateLimit-Reset", "X-RateLimit-Resource", "X-RateLimit-Cost", "Server-Timing"} {
			require.Equal(t, shared, first.Header().Get(name) == "", "%s of %s", name, cacheControl)
			require.Equal(t, shared, known.Header().Get(name) == "", "%s of %s", name, cacheControl)
		}
		require.Equal(t, shared, page.Header().Get("Set-Cookie") == "", cacheControl)
		mine := get(t, handler, named, "Authorization", "Bearer "+memberToken)
		require.NotEmpty(t, mine.Header().Get("X-Request-Id"))
		require.NotEmpty(t, mine.Header().Get("X-RateLimit-Remaining"))
	}
}

func TestAnswersToTheSignedInArePrivate(t *testing.T) {
	t.Parallel()
	handler := cached(t)
	answer := get(t, handler, map[string]any{"documentId": "name", "variables": ada}, "Authorization", "Bearer "+memberToken)
	requireData(t, nameData, answer)
	require.Equal(t, "private, no-cache", answer.Header().Get("Cache-Control"))
	require.NotEmpty(t, answer.Header().Get("ETag"))
}

func TestAnonymousAnswersArePrivateUnlessConfigured(t *testing.T) {
	t.Parallel()
	handler := newHandler(trust(t, map[string]string{"name": nameQuery}))
	answer := get(t, handler, map[string]any{"documentId": "name", "variables": ada})
	require.Equal(t, "private, no-cache", answer.Header().Get("Cache-Control"))
}

// TestOtherResponsesAreNotCacheable covers the responses that a cache must not store.
func TestOtherResponsesAreNotCacheable(t *testing.T) {
	t.Parallel()
	handler := cached(t)
	known := map[string]any{"extensions": automatic(persisted.Hash(roleQuery)), "query": roleQuery, "variables": ada}
	for name, answer := range map[string]got{
		"POST":            post(t, handler, map[string]any{"documentId": "name", "variables": ada}, "If-None-Match", "*"),
		"a text":          get(t, handler, map[string]any{"query": nameQuery, "variables": ada}, "If-None-Match", "*"),
		"registering":     get(t, handler, known),
		"partial":         get(t, handler, map[string]any{"documentId": "partial"}, "If-None-Match", "*"),
		"a mutation":      get(t, handler, map[string]any{"documentId": "mutation"}),
		"wrong variables": get(t, handler, map[string]any{"documentId": "name", "variables": map[string]any{"id": map[string]any{}}}, "If-None-Match", "*"),
		"a wrong token":   get(t, handler, map[string]any{"documentId": "name", "variables": ada}, "Authorization", "Bearer wrong"),
	} {
		require.Equal(t, "no-store", answer.Header().Get("Cache-Control"), name)
		require.Empty(t, answer.Header().Get("ETag"), name)
		require.NotEqual(t, http.StatusNotModified, answer.Code, name)
	}
	answer := get(t, handler, map[string]any{"extensions": automatic(persisted.Hash(roleQuery)), "variables": ada})
	require.Equal(t, publicMinute, answer.Header().Get("Cache-Control"), "by its hash alone it is")
}
