package scrape

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	m, err := parse(strings.NewReader("# HELP a text\na 1\nb{code=\"x y\"} 2.5e3\n\n"))
	require.NoError(t, err)
	require.Equal(t, Metrics{"a": 1, `b{code="x y"}`: 2500}, m)
	for _, line := range []string{"a", "a b"} {
		_, err = parse(strings.NewReader(line))
		require.Error(t, err, line)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintln(w, "a 1")
	}))
	t.Cleanup(server.Close)
	m, err := Read(t.Context(), server.Listener.Addr().String())
	require.NoError(t, err)
	require.Equal(t, Metrics{"a": 1}, m)
	_, err = Read(t.Context(), "127.0.0.1:1")
	require.Error(t, err)
}
