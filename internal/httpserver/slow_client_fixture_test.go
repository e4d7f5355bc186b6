package httpserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pipes is an in-memory listener whose connections have no buffers: a write waits for its read. So tests of slow
// clients can use the clock of synctest.
type pipes struct {
	next   chan net.Conn
	closed chan struct{}
}

// pipe is a connection with a remote address.
type pipe struct {
	net.Conn
	from net.Addr
}

func (p pipe) RemoteAddr() net.Addr { return p.from }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.next:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { close(p.closed); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// slowServer is a server for slow clients.
type slowServer struct {
	*pipes
	bounded *boundedListener
}

// count is the resources that connections use.
type count struct {
	open          int
	held, answers int64
}

// count returns the resources that all connections use.
func (s slowServer) count() count {
	s.bounded.mu.Lock()
	defer s.bounded.mu.Unlock()
	return count{s.bounded.open, s.bounded.held, s.bounded.answers}
}

// openOf returns how many connections a network has.
func (s slowServer) openOf(network string) int {
	s.bounded.mu.Lock()
	defer s.bounded.mu.Unlock()
	return s.bounded.peers[netip.MustParseAddr(network)].open
}

// newSlowServer runs a server until the test of the bubble ends.
func newSlowServer(t *testing.T, opts Options) slowServer {
	t.Helper()
	listener := &pipes{next: make(chan net.Conn), closed: make(chan struct{})}
	opts = withTimeouts(opts)
	server := &http.Server{Handler: Handler(opts), ReadHeaderTimeout: time.Minute, MaxHeaderBytes: maxHeaderBytes} // as in Serve
	bounded := newBoundedListener(listener, opts.Connections, opts.RequestMemory, opts.Proxies.trusts)
	bounded.serve(server)
	running := slowServer{listener, bounded}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(bounded) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
		<-time.After(time.Minute) // net/http lingers on connections that it closes
		synctest.Wait()
		require.Zero(t, running.count())
		require.Empty(t, bounded.peers)
	})
	return running
}

// slowClient is the client end of a connection.
type slowClient struct{ net.Conn }

// dial connects from an address.
func (s slowServer) dial(t *testing.T, from string) slowClient {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { _ = here.Close() })
	s.next <- pipe{there, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 4000))}
	synctest.Wait()
	return slowClient{here}
}

// send writes a text without waiting for its reader. It returns when all goroutines are blocked.
func (c slowClient) send(text string) {
	go func() { _, _ = io.WriteString(c, text) }()
	synctest.Wait()
}

// status reads a response and returns its status, 0 if the connection is closed.
func (c slowClient) status(t *testing.T) int {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		require.True(t, errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe), "%v", err)
		return 0
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusServiceUnavailable {
		require.Equal(t, "1", answer.Header.Get("Retry-After"))
	}
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	return answer.StatusCode
}

// isOpen reports whether an idle connection is still open.
func (c slowClient) isOpen(t *testing.T) bool {
	t.Helper()
	if c.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	_, err := c.Read(make([]byte, 1))
	require.Error(t, err)
	_ = c.SetReadDeadline(time.Time{}) // fails where it is closed
	var late net.Error
	return errors.As(err, &late) && late.Timeout()
}

const (
	healthRequest = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	postHeader    = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
)

func postOf(body string) string {
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", postHeader, len(body), body)
}

func pageOf(bytes int) http.Handler {
	text := []byte(strings.Repeat("x", bytes))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
}

// answers reports whether the server writes to the client.
func (s slowServer) answers(c slowClient) bool {
	one := make([]byte, 0)
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.Read(one)
	_ = c.SetReadDeadline(time.Time{})
	return err == nil
}
