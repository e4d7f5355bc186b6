package web

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// mentioned finds the addresses of built files in a page, and their names in scripts and styles.
var mentioned = regexp.MustCompile(`assets/[\w.-]+-[\w-]{8}\.(?:js|css|svg|ttf)`)

func TestPlaygroundIsComplete(t *testing.T) {
	t.Parallel()
	handler := Playground()
	waiting, seen := []string{"/playground"}, map[string]bool{}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		response := answer(handler, http.MethodGet, path)
		require.Equal(t, http.StatusOK, response.Code, path)
		require.NotEmpty(t, response.Body.String(), path)
		for _, name := range mentioned.FindAllString(response.Body.String(), -1) {
			waiting = append(waiting, "/playground/"+name)
		}
	}
	require.Greater(t, len(seen), 5, "the page names its script and styles, and they name more")
}

func TestPlaygroundFitsItsPolicy(t *testing.T) {
	t.Parallel()
	response := answer(Playground(), http.MethodGet, "/playground")
	html := response.Body.String()
	require.NotRegexp(t, `(?i)<script[^>]*>\s*[^<\s]`, html, "no script inside the page")
	require.NotRegexp(t, `(?i)(?:src|href)="(?:https?:)?//`, html, "nothing from another host")

	policy := response.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "script-src 'self';")
	require.NotContains(t, policy, "http")
	require.NotContains(t, policy, "unsafe-eval")
}

func TestPlaygroundNamesItsLicences(t *testing.T) {
	t.Parallel()
	response := answer(Playground(), http.MethodGet, "/playground/licenses.md")
	require.Equal(t, http.StatusOK, response.Code)
	for _, library := range []string{"graphiql - ", "monaco-editor - ", "react - "} {
		require.Contains(t, response.Body.String(), library)
	}
}
