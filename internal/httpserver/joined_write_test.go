package httpserver

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
)

// countingListener counts the writes to its connections.
type countingListener struct {
	net.Listener
	writes *atomic.Int64
}

type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, l.writes}, err
}

func (c countingConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestResponseIsSentByOneWrite(t *testing.T) {
	t.Parallel()
	for _, compressed := range []bool{false, true} {
		for _, length := range []int{0, 100, 3<<10 - 300, 3 << 10, 4096, 5000, 8192, joinedUpTo - 20, 3 * joinedUpTo} {
			t.Run(fmt.Sprintf("%d bytes, compressed: %t", length, compressed), func(t *testing.T) {
				t.Parallel()
				data := `"` + strings.Repeat("x", length) + `"`
				raw, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
				require.NoError(t, err)
				writes := new(atomic.Int64)
				listener := newBoundedListener(countingListener{raw, writes}, 10, 1<<20, nil)
				server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					write(w, r, answer{Response: &graphql.Response{Data: []byte(data)}, status: http.StatusOK, mediaType: plainJSON, tagged: compressed})
				})}
				listener.serve(server)
				go func() { _ = server.Serve(listener) }()
				t.Cleanup(func() { _ = server.Close() })
				client := &http.Client{Transport: &http.Transport{DisableCompression: !compressed}}
				t.Cleanup(client.CloseIdleConnections)
				for range 3 { // on one connection
					before := writes.Load()
					request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+raw.Addr().String(), nil)
					require.NoError(t, err)
					response, err := client.Do(request)
					require.NoError(t, err)
					body, err := io.ReadAll(response.Body)
					require.NoError(t, response.Body.Close())
					require.NoError(t, err)
					require.Equal(t, `{"data":`+data+"}\n", string(body))
					if len(body) <= joinedUpTo {
						require.EqualValues(t, 1, writes.Load()-before)
					}
				}
			})
		}
	}
}
