package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHealthOfServer asks a running server that accepts only requests for a public name.
func TestHealthOfServer(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start(t, "--allowed-host", "api.example")
	p.awaitReady(t)
	listen := strings.TrimPrefix(p.at(), "http://")

	for _, args := range [][]string{
		{"--listen", listen}, {"--listen", listen, "--allowed-host", "api.example"}, {"--url", p.at()},
	} {
		output, status := p.run(t, "", append([]string{"health"}, args...)...)
		require.Equal(t, "ok\n", output)
		require.Zero(t, status)
		output, status = p.run(t, "", append([]string{"health", "--ready"}, args...)...)
		require.Equal(t, "ready\n", output)
		require.Zero(t, status)
	}
	output, status := p.run(t, "", "health", "--listen", listen, "--allowed-host", "other.example")
	require.Contains(t, output, "421 Misdirected Request")
	require.Equal(t, 1, status)
}

func TestHealthFails(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/readyz":
			http.Error(w, "not ready", http.StatusServiceUnavailable)
		default:
			http.Redirect(w, r, "/readyz", http.StatusFound)
		}
	}))
	defer server.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	gone := httptest.NewServer(nil)
	gone.Close()

	p := newProgram(t)
	for _, test := range []struct {
		args   []string
		want   string
		status int
	}{
		{[]string{"--url", server.URL, "--ready"}, server.URL + "/readyz answers 503 Service Unavailable: not ready\n", 1},
		{[]string{"--url", server.URL}, "/healthz answers 302 Found", 1},
		{[]string{"--url", silent.URL, "--timeout", "50ms"}, "the server does not answer: ", 1},
		{[]string{"--url", gone.URL}, "the server does not answer: ", 1},
		{[]string{"--listen", "8080"}, "--listen must be host:port", 2},
		{[]string{"extra"}, "unknown command", 2},
	} {
		output, status := p.run(t, "", append([]string{"health"}, test.args...)...)
		require.Contains(t, output, test.want)
		require.Equal(t, test.status, status, "%v", test.args)
	}
}
