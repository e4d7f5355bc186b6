package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mentioned matches the addresses of built files in a page, and their names in scripts and styles.
var mentioned = regexp.MustCompile(`assets/[\w.-]+-[\w-]{8}\.(?:js|css|svg|ttf)`)

// pages are all pages by mount path.
var pages = map[string]struct {
	handler http.Handler
	files   int // that the page leads to, at least
}{
	"/playground": {Playground(true), 5},
	"/":           {explorer(true), 3},
}

func explorer(playground bool) http.Handler {
	handler, _ := Explorer(playground)
	return handler
}

func TestPagesAreComplete(t *testing.T) {
	t.Parallel()
	for mount, page := range pages {
		files := everything(t, page.handler, mount)
		require.Greater(t, len(files), page.files, "the page refers to its script and styles, and they refer to more files")
	}
}

// everything loads a page and all files that it refers to. It returns the transfer size of each path in bytes.
func everything(t *testing.T, handler http.Handler, mount string) map[string]int {
	t.Helper()
	waiting, seen := []string{mount}, map[string]int{}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		if _, again := seen[path]; again {
			continue
		}
		response := answer(handler, http.MethodGet, path, "Accept-Encoding", "gzip")
		require.Equal(t, http.StatusOK, response.Code, path)
		seen[path] = response.Body.Len()
		body := text(t, response)
		require.NotEmpty(t, body, path)
		for _, name := range mentioned.FindAllString(body, -1) {
			waiting = append(waiting, strings.TrimSuffix(mount, "/")+"/"+name)
		}
	}
	return seen
}

// maxExplorerBytes is the maximum size of the scripts and styles for a user's page with the drawing.
const maxExplorerBytes = 250_000

// onDemand matches the files that the page only loads for large graphs, community colours and exported pictures.
var onDemand = regexp.MustCompile(`/(?:webgl-painter|layout-worker|communities-worker|picture)-`)

func TestExplorerIsLight(t *testing.T) {
	t.Parallel()
	total := 0
	for path, bytes := range everything(t, explorer(true), "/") {
		t.Logf("%7d %s", bytes, path)
		if !onDemand.MatchString(path) {
			total += bytes
		}
	}
	require.LessOrEqual(t, total, maxExplorerBytes)
}

func TestExplorerServesViews(t *testing.T) {
	t.Parallel()
	handler := explorer(true)
	home := text(t, answer(handler, http.MethodGet, "/"))
	paths := []string{
		"/account", "/account/", "/search", "/paths/ada", "/paths/ada/rhys", "/compare/ada", "/compare/ada/rhys", "/compare/ada/rhys/following",
		"/users/ada", "/users/ada/", "/users/a%2Fb", "/users/" + url.PathEscape("أدا"),
	}
	for _, view := range userViews(t) {
		paths = append(paths, "/users/ada/"+view, "/users/a%2Fb/"+view)
	}
	for _, path := range paths {
		response := answer(handler, http.MethodGet, path)
		require.Equal(t, http.StatusOK, response.Code, path)
		require.Equal(t, home, text(t, response), path)
		require.Equal(t, "no-cache", response.Header().Get("Cache-Control"), path)
	}
	for _, path := range []string{
		"/user/ada", "/searches", "/search/x", "/account/x", "/users", "/users/", "/users/ada/enemies", "/users/ada/following/x", "/users/ada//",
		"/paths/", "/paths/a/b/c", "/compare/", "/compare/a/b/friends", "/compare/a/b/following/x",
	} {
		require.Equal(t, http.StatusNotFound, answer(handler, http.MethodGet, path).Code, path)
	}
	lost := answer(handler, http.MethodGet, "/user/ada", "Accept", "text/html,application/xhtml+xml")
	require.Equal(t, http.StatusNotFound, lost.Code)
	require.Equal(t, home, text(t, lost), "the page shows that there is nothing")
	require.Empty(t, answer(handler, http.MethodHead, "/user/ada", "Accept", "text/html").Body.String())
	require.Equal(t, http.StatusNotFound, answer(handler, http.MethodGet, "/assets/none.js").Code)
}

// userViews returns the views of a user's page of explorer/address.ts.
func userViews(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("explorer/address.ts")
	require.NoError(t, err)
	list := regexp.MustCompile(`VIEWS = \[(.*)\] as const`).FindSubmatch(source)
	require.NotNil(t, list)
	var views []string
	for _, view := range regexp.MustCompile(`'([a-z-]+)'`).FindAllSubmatch(list[1], -1) {
		views = append(views, string(view[1]))
	}
	require.Contains(t, views, "followers")
	return views
}

func TestExplorerServesMissing(t *testing.T) {
	t.Parallel()
	page, missing := Explorer(true)
	for _, encoding := range []string{"", "gzip", "br"} {
		found := answer(page, http.MethodGet, "/users/ada", "Accept-Encoding", encoding)
		lost := answer(missing, http.MethodGet, "/users/ada", "Accept-Encoding", encoding, "If-None-Match", found.Header().Get("ETag"))
		require.Equal(t, http.StatusNotFound, lost.Code)
		require.Equal(t, text(t, found), text(t, lost))
		require.Equal(t, encoding, lost.Header().Get("Content-Encoding"))
		require.Equal(t, found.Header().Get("Content-Security-Policy"), lost.Header().Get("Content-Security-Policy"))
		require.Empty(t, lost.Header().Get("ETag"))
		require.Empty(t, answer(missing, http.MethodHead, "/users/ada", "Accept-Encoding", encoding).Body.String())
	}
}

func TestExplorerLinksToPlayground(t *testing.T) {
	t.Parallel()
	with := answer(explorer(true), http.MethodGet, "/")
	without := answer(explorer(false), http.MethodGet, "/", "Accept-Encoding", "gzip")
	require.Equal(t, strings.Replace(text(t, with), playgroundLink, "", 1), text(t, without))
	require.NotContains(t, text(t, answer(explorer(false), http.MethodGet, "/users/ada")), "playground\"")
	require.NotEqual(t, with.Header().Get("ETag"), without.Header().Get("ETag"))
}

func TestPlaygroundLinksToExplorer(t *testing.T) {
	t.Parallel()
	with := text(t, answer(Playground(true), http.MethodGet, "/playground"))
	without := text(t, answer(Playground(false), http.MethodGet, "/playground"))
	require.Contains(t, with, explorerLink)
	require.Equal(t, strings.Replace(with, explorerLink, "", 1), without)
}

func TestPagesComplyWithPolicy(t *testing.T) {
	t.Parallel()
	for mount, page := range pages {
		fitsItsPolicy(t, answer(page.handler, http.MethodGet, mount))
	}
}

func fitsItsPolicy(t *testing.T, response *httptest.ResponseRecorder) {
	t.Helper()
	html := response.Body.String()
	require.NotRegexp(t, `(?i)<script[^>]*>\s*[^<\s]`, html, "no script inside the page")
	require.NotRegexp(t, `(?i)(?:src|href)="(?:https?:)?//`, html, "nothing from another host")

	policy := response.Header().Get("Content-Security-Policy")
	for _, directive := range []string{
		"default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'",
		"font-src 'self' data:", "style-src 'self' 'unsafe-inline'",
	} {
		require.Contains(t, strings.Split(policy, "; "), directive)
	}
	require.NotContains(t, policy, "http")
	require.NotContains(t, policy, "unsafe-eval")
}

func TestExplorerListsLicences(t *testing.T) {
	t.Parallel()
	response := answer(explorer(true), http.MethodGet, "/licenses.md")
	require.Equal(t, http.StatusOK, response.Code)
	for _, library := range []string{"preact - ", "@urql/core - ", "d3-zoom - ", "sigma - ", "graphology - "} {
		require.True(t, strings.Contains(response.Body.String(), library), library)
	}
	require.Contains(t, text(t, answer(explorer(true), http.MethodGet, "/licenses-mnemonist.txt")), "MIT License")
}

func TestPlaygroundPaintsBeforeEditorLoads(t *testing.T) {
	t.Parallel()
	handler := Playground(true)
	html := answer(handler, http.MethodGet, "/playground").Body.String()
	named := mentioned.FindAllString(html, -1)
	require.NotEmpty(t, named)
	total := 0
	for _, name := range named {
		total += answer(handler, http.MethodGet, "/playground/"+name, "Accept-Encoding", "gzip").Body.Len()
	}
	require.Less(t, total, 12<<10, "the files that the page links, in bytes of gzip")
}

func TestPlaygroundListsLicences(t *testing.T) {
	t.Parallel()
	response := answer(Playground(true), http.MethodGet, "/playground/licenses.md")
	require.Equal(t, http.StatusOK, response.Code)
	for _, library := range []string{"graphiql - ", "monaco-editor - ", "react - "} {
		require.Contains(t, response.Body.String(), library)
	}
}
