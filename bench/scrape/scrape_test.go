package scrape

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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

func TestAwait(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, "asked %d\n", asked.Add(1))
	}))
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	m, err := Await(t.Context(), address, func(m Metrics) bool { return m["asked"] >= 3 })
	require.NoError(t, err)
	require.InDelta(t, 3, m["asked"], 0)

	ctx, cancel := context.WithTimeout(t.Context(), 10*poll)
	defer cancel()
	_, err = Await(ctx, address, func(Metrics) bool { return false })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = Read(t.Context(), "127.0.0.1:1")
	require.Error(t, err)
}
