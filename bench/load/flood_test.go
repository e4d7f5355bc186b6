package load

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFlood(t *testing.T) {
	t.Parallel()
	for name, perSource := range map[string]int{"one address": 0, "many addresses": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			from := make(map[string]int)
			address := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				host, _, _ := net.SplitHostPort(r.RemoteAddr)
				mu.Lock()
				defer mu.Unlock()
				from[host]++
				_, _ = w.Write(body)
			})
			flood := StartFlood(t.Context(), FloodOptions{
				Address: address, Connections: 4, PerSource: perSource,
				Requests: []Request{{Body: []byte("right")}, {Body: []byte("wrong")}},
				Kind:     func(a Answer) string { return strings.ToUpper(string(a.Body)) },
			})
			require.Eventually(t, func() bool {
				counts := flood.Counts()
				return counts["RIGHT"] > 20 && counts["WRONG"] > 20
			}, 10*time.Second, time.Millisecond)
			require.NoError(t, flood.Stop())
			require.Len(t, flood.Counts(), 2)
			mu.Lock()
			defer mu.Unlock()
			if perSource == 0 {
				require.Len(t, from, 1)
				return
			}
			require.Greater(t, len(from), 10)
			for host, requests := range from {
				require.LessOrEqual(t, requests, perSource, host)
			}
		})
	}
}

func TestFloodReportsBrokenConnections(t *testing.T) {
	t.Parallel()
	flood := StartFlood(t.Context(), FloodOptions{
		Address: answerServer(t, "nonsense\r\n"), Connections: 2, Requests: []Request{requestFor(1)},
		Kind: func(Answer) string { return "" },
	})
	flood.running.Wait()
	require.ErrorIs(t, flood.Stop(), errProtocol)
}
