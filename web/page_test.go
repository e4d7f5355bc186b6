package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"
)

const (
	indexText  = "<!doctype html><title>a page</title>"
	scriptText = "console.log('a script')"
)

func testPage(t *testing.T, mount string) http.Handler {
	t.Helper()
	p, err := newPage(fstest.MapFS{
		"index.html.br":         {Data: compress(t, indexText)},
		"assets/app-1a2b.js.br": {Data: compress(t, scriptText)},
		"licenses.md.br":        {Data: compress(t, "# Licences")},
	}, mount, "default-src 'none'")
	require.NoError(t, err)
	return p
}

func TestPageAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mount, path  string
		status       int
		contentType  string
		cacheControl string
		body         string
	}{
		"the page":            {"/at", "/at", 200, "text/html; charset=utf-8", "no-cache", indexText},
		"with a slash":        {"/at", "/at/", 200, "text/html; charset=utf-8", "no-cache", indexText},
		"at the root":         {"", "/", 200, "text/html; charset=utf-8", "no-cache", indexText},
		"a hashed file":       {"/at", "/at/assets/app-1a2b.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", scriptText},
		"root's file":         {"", "/assets/app-1a2b.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", scriptText},
		"a file with no hash": {"/at", "/at/licenses.md", 200, "text/markdown; charset=utf-8", "no-cache", "# Licences"},
		"its second address":  {"/at", "/at/index.html", 404, "text/plain; charset=utf-8", "", "404 page not found\n"},
		"unknown":             {"/at", "/at/assets/app-9f9f.js", 404, "text/plain; charset=utf-8", "", "404 page not found\n"},
		"the stored form":     {"/at", "/at/assets/app-1a2b.js.br", 404, "text/plain; charset=utf-8", "", "404 page not found\n"},
		"a folder":            {"/at", "/at/assets/", 404, "text/plain; charset=utf-8", "", "404 page not found\n"},
		"a way out":           {"/at", "/at/../page.go", 404, "text/plain; charset=utf-8", "", "404 page not found\n"},
		"a longer mount":      {"/at", "/attic", 404, "text/plain; charset=utf-8", "", "404 page not found\n"},
		"outside":             {"/at", "/licenses.md", 404, "text/plain; charset=utf-8", "", "404 page not found\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, encoding := range []string{"", "gzip", "br"} {
				response := answer(testPage(t, test.mount), http.MethodGet, test.path, "Accept-Encoding", encoding)
				require.Equal(t, test.status, response.Code)
				require.Equal(t, test.body, text(t, response))
				header := response.Header()
				require.Equal(t, test.contentType, header.Get("Content-Type"))
				require.Equal(t, test.cacheControl, header.Get("Cache-Control"))
				require.Equal(t, "default-src 'none'", header.Get("Content-Security-Policy"))
				require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
				require.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
				if test.status == http.StatusOK {
					require.Equal(t, "Accept-Encoding", header.Get("Vary"))
					require.Equal(t, encoding, header.Get("Content-Encoding"))
				}
			}
		})
	}
}

func TestPageHead(t *testing.T) {
	t.Parallel()
	p := testPage(t, "/at")
	for _, encoding := range []string{"", "gzip", "br"} {
		get := answer(p, http.MethodGet, "/at/assets/app-1a2b.js", "Accept-Encoding", encoding)
		head := answer(p, http.MethodHead, "/at/assets/app-1a2b.js", "Accept-Encoding", encoding)
		require.Equal(t, get.Code, head.Code)
		require.Equal(t, get.Header(), head.Header())
		require.NotEmpty(t, head.Header().Get("Content-Length"))
		require.Zero(t, head.Body.Len())
	}
}

func TestPageRevalidates(t *testing.T) {
	t.Parallel()
	p := testPage(t, "/at")
	tags := map[string]bool{}
	for _, encoding := range []string{"", "gzip", "br"} {
		tag := answer(p, http.MethodGet, "/at", "Accept-Encoding", encoding).Header().Get("ETag")
		require.NotEmpty(t, tag)
		tags[tag] = true
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			known := answer(p, method, "/at", "Accept-Encoding", encoding, "If-None-Match", `"another", W/`+tag)
			require.Equal(t, http.StatusNotModified, known.Code)
			require.Equal(t, tag, known.Header().Get("ETag"))
			require.Equal(t, "no-cache", known.Header().Get("Cache-Control"))
			require.Equal(t, "Accept-Encoding", known.Header().Get("Vary"))
			require.Zero(t, known.Body.Len())
		}
		require.Equal(t, http.StatusOK, answer(p, http.MethodGet, "/at", "If-None-Match", `"another"`).Code)
	}
	require.Len(t, tags, 3, "the forms are different bytes and need different tags")
}

func TestPageRefusesOtherMethods(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		response := answer(testPage(t, "/at"), method, "/at")
		require.Equal(t, http.StatusMethodNotAllowed, response.Code)
		require.Equal(t, "GET, HEAD", response.Header().Get("Allow"))
	}
}

func TestNewPageRejectsBrokenBuild(t *testing.T) {
	t.Parallel()
	index := &fstest.MapFile{Data: compress(t, indexText)}
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"no page":           {fstest.MapFS{}, "index.html.br"},
		"an unpacked file":  {fstest.MapFS{"index.html.br": index, "assets/app.js": {}}, "assets/app.js is not compressed"},
		"an unknown format": {fstest.MapFS{"index.html.br": index, "assets/a.wasm.br": {}}, "assets/a.wasm"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newPage(test.files, "/at", "")
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := newPage(fstest.MapFS{}, "/at", "")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// answer runs a request with headers, given as names and values. A header with an empty value is not sent.
func answer(handler http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/", nil)
	request.URL.Path = path
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			request.Header.Set(headers[i], headers[i+1])
		}
	}
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	return response
}

// text returns the decoded body of a response.
func text(t *testing.T, response *httptest.ResponseRecorder) string {
	t.Helper()
	var body io.Reader = bytes.NewReader(response.Body.Bytes())
	switch response.Header().Get("Content-Encoding") {
	case "gzip":
		reader, err := gzip.NewReader(body)
		require.NoError(t, err)
		body = reader
	case "br":
		body = brotli.NewReader(body)
	}
	content, err := io.ReadAll(body)
	require.NoError(t, err)
	return string(content)
}

func compress(t *testing.T, content string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := brotli.NewWriter(&buffer)
	_, err := io.Copy(writer, strings.NewReader(content))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return buffer.Bytes()
}
