package httpserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serve runs Serve until the test ends, and returns its address.
func serve(t *testing.T, opts Options) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background()) // the cleanups still send requests
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, opts) }()
	t.Cleanup(func() {
		stop()
		t.Log("Serve:", <-ended) // an error if hanging requests are cut off
	})
	return listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// timeouts are long, but for the one that a test is about.
func withTimeouts(opts Options) Options {
	opts.HeaderTimeout, opts.ReadTimeout, opts.WriteTimeout = time.Minute, time.Minute, 2*time.Minute
	opts.IdleTimeout, opts.ShutdownTimeout = time.Minute, 100*time.Millisecond
	return opts
}

// trickle sends a text repeatedly, byte by byte, until the peer closes the connection.
func trickle(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for at := 0; ; at = (at + 1) % len(text) {
		if _, err := conn.Write([]byte{text[at]}); err != nil {
			require.False(t, errors.Is(err, os.ErrDeadlineExceeded), "it is still listened to")
			return
		}
		<-tick.C
	}
}

// TestSlowHeader: a slow header is cut off, even if it arrives steadily.
func TestSlowHeader(t *testing.T) {
	t.Parallel()
	opts := withTimeouts(testOptions(newBlockingStore()))
	opts.HeaderTimeout = 50 * time.Millisecond
	conn := dial(t, serve(t, opts))
	_, err := io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\n")
	require.NoError(t, err)
	trickle(t, conn, "X-More: y\r\n")
}

func TestSlowBody(t *testing.T) {
	t.Parallel()
	opts := withTimeouts(testOptions(newBlockingStore()))
	opts.ReadTimeout = 50 * time.Millisecond
	conn := dial(t, serve(t, opts))
	_, err := io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
	require.NoError(t, err)
	trickle(t, conn, " ")
}

// TestSlowReader requests a response that fits into no buffer, and does not read it.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	opts := withTimeouts(testOptions(newBlockingStore()))
	opts.WriteTimeout = 50 * time.Millisecond
	opts.Playground = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<20)
		for range 64 {
			if _, err := w.Write(chunk); err != nil {
				ended <- err
				return
			}
		}
		ended <- nil
	})
	conn := dial(t, serve(t, opts))
	_, err := io.WriteString(conn, "GET /playground HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	select {
	case err := <-ended:
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	case <-time.After(30 * time.Second):
		require.Fail(t, "it is still waited for")
	}
}

func TestIdleConnection(t *testing.T) {
	t.Parallel()
	opts := withTimeouts(testOptions(newBlockingStore()))
	opts.IdleTimeout = 50 * time.Millisecond
	conn := dial(t, serve(t, opts))
	requireHealthy(t, conn)
	requireClosed(t, conn)
}

// requireHealthy requests the health of the server on a connection.
func requireHealthy(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
}

func requireClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	_, err := conn.Read(make([]byte, 1))
	require.Error(t, err)
	require.False(t, errors.Is(err, os.ErrDeadlineExceeded), "it is still open")
}

// TestTooManyConnections: connections without a request make room for others, the one that is idle for the longest time
// first.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	opts := withTimeouts(testOptions(newBlockingStore()))
	opts.Connections = 4
	address := serve(t, opts)
	idle := dial(t, address)
	requireHealthy(t, idle) // so that silent is idle for longer
	silent := dial(t, address)
	slow := dial(t, address)
	_, err := io.WriteString(slow, "GET /healthz HTTP/1.1\r\nHost")
	require.NoError(t, err)
	last := dial(t, address)
	requireHealthy(t, last) // the connections before it have been accepted, too
	requireHealthy(t, idle) // so that silent has had no request for longer
	requireHealthy(t, last)

	requireHealthy(t, dial(t, address))
	requireClosed(t, silent)
	requireHealthy(t, dial(t, address))
	requireClosed(t, slow)
	requireHealthy(t, idle)
	for isOpen(t, idle) { // it becomes idle a moment after its response, perhaps after others
		requireHealthy(t, dial(t, address))
	}
}

// isOpen reports whether an idle connection is still open.
func isOpen(t *testing.T, conn net.Conn) bool {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, err := conn.Read(make([]byte, 1))
	require.Error(t, err)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// TestConnectionsWithRequests: connections with requests are not closed for others, which wait.
func TestConnectionsWithRequests(t *testing.T) {
	t.Parallel()
	store := newBlockingStore()
	opts := withTimeouts(testOptions(store))
	opts.Connections = 2
	address := serve(t, opts)
	body := `{"query":"{ user(username: \"ada\") { username } }"}`
	var busy []net.Conn
	for range opts.Connections {
		conn := dial(t, address)
		_, err := io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "+
			"52\r\n\r\n"+body)
		require.NoError(t, err)
		<-store.asked
		busy = append(busy, conn)
	}
	require.Len(t, body, 52)
	healthy := make(chan struct{})
	another := dial(t, address)
	go func() {
		defer close(healthy)
		requireHealthy(t, another)
	}()
	select {
	case <-healthy:
		require.Fail(t, "there was no room")
	case <-time.After(20 * time.Millisecond):
	}
	close(store.found)
	<-healthy
	for _, conn := range busy {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
		var answer bytes.Buffer
		buffer := make([]byte, 1024)
		for !strings.Contains(answer.String(), `"username":"ada"`) {
			n, err := conn.Read(buffer)
			require.NoError(t, err, answer.String())
			answer.Write(buffer[:n])
		}
	}
}

// TestConnectionsAreCounted opens and closes many more connections than the limit.
func TestConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	opts := withTimeouts(testOptions(newBlockingStore()))
	opts.Connections = 4
	address := serve(t, opts)
	for range 50 {
		conn := dial(t, address)
		requireHealthy(t, conn)
		require.NoError(t, conn.Close())
	}
}
