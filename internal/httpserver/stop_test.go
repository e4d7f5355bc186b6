package httpserver

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stopping runs a Serve whose requests block until the test releases them.
type stopping struct {
	address string
	stop    func()
	ended   chan error
	began   chan struct{} // receives for each request that begins
	hold    chan struct{} // closed when requests may end
}

func serveUntilStopped(t *testing.T, change func(*Options)) *stopping {
	t.Helper()
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	s := &stopping{
		address: listener.Addr().String(), stop: stop,
		ended: make(chan error, 1), began: make(chan struct{}, 1000), hold: make(chan struct{}),
	}
	var options Options
	newHandler(func(o *Options) { options = *o })
	options.Log = slog.New(slog.DiscardHandler)
	options.Ready = func(context.Context) error { return ctx.Err() }
	options.Explorer = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case s.began <- struct{}{}:
		default: // no test counts that many
		}
		<-s.hold
		_, _ = io.WriteString(w, "answer")
	})
	options.HeaderTimeout, options.ShutdownTimeout, options.Connections = time.Minute, time.Minute, 4096
	if change != nil {
		change(&options)
	}
	go func() { s.ended <- Serve(ctx, listener, options) }()
	t.Cleanup(stop)
	return s
}

func (s *stopping) dial(t *testing.T) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &client{conn, bufio.NewReader(conn)}
}

// awaitClosed waits until the listener accepts no more connections.
func (s *stopping) awaitClosed(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", s.address, 100*time.Millisecond)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, time.Minute, time.Millisecond)
}

type client struct {
	net.Conn
	in *bufio.Reader
}

func (c *client) send(t *testing.T, text string) {
	t.Helper()
	_, err := io.WriteString(c.Conn, text)
	require.NoError(t, err)
}

// answer reads a response and reports whether it is the last one on its connection.
func (c *client) answer(t *testing.T) (status int, last bool) {
	t.Helper()
	response, err := http.ReadResponse(c.in, nil)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	_, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Close
}

const getHome = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

func TestStopLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	s := serveUntilStopped(t, nil)
	running, begun, idle, silent := s.dial(t), s.dial(t), s.dial(t), s.dial(t)
	idle.send(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	status, last := idle.answer(t)
	require.Equal(t, http.StatusOK, status)
	require.False(t, last)
	running.send(t, getHome)
	<-s.began
	begun.send(t, getHome[:20]) // the header arrives while the listener closes

	s.stop()
	s.awaitClosed(t)
	begun.send(t, getHome[20:])
	<-s.began
	for name, quiet := range map[string]*client{"idle": idle, "silent": silent} {
		_, err := quiet.in.ReadByte()
		require.ErrorIs(t, err, io.EOF, name)
	}
	close(s.hold)
	for name, asking := range map[string]*client{"running": running, "begun": begun} {
		status, last := asking.answer(t)
		require.Equal(t, http.StatusOK, status, name)
		require.True(t, last, name)
	}
	require.NoError(t, <-s.ended)
}

// A request that is on its way over a connection that has been idle gets its answer.
func TestStopAnswersTheNextRequest(t *testing.T) {
	t.Parallel()
	s := serveUntilStopped(t, nil)
	close(s.hold)
	var clients []*client
	for range 20 {
		c := s.dial(t)
		c.send(t, getHome)
		_, last := c.answer(t)
		require.False(t, last)
		clients = append(clients, c)
	}
	s.stop()
	stopping := false // Serve notices the stop only a moment after it
	for _, c := range clients {
		for last := false; !last; {
			c.send(t, getHome)
			var status int
			status, last = c.answer(t)
			require.Equal(t, http.StatusOK, status)
			require.False(t, stopping && !last, "each response after the first last one is the last one of its connection")
		}
		stopping = true
	}
	require.NoError(t, <-s.ended)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	s := serveUntilStopped(t, func(o *Options) { o.Drain = time.Second })
	close(s.hold)
	kept := s.dial(t)
	kept.send(t, getHome)
	kept.answer(t)
	s.stop()

	fresh := s.dial(t)
	fresh.send(t, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	status, _ := fresh.answer(t)
	require.Equal(t, http.StatusServiceUnavailable, status)
	for _, c := range []*client{kept, fresh} {
		c.send(t, getHome)
		status, last := c.answer(t)
		require.Equal(t, http.StatusOK, status)
		require.False(t, last, "connections are kept while the server drains")
	}
	require.NoError(t, <-s.ended)
}

func TestStopCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	s := serveUntilStopped(t, func(o *Options) { o.ShutdownTimeout = time.Millisecond })
	c := s.dial(t)
	c.send(t, getHome)
	<-s.began
	s.stop()
	require.ErrorIs(t, <-s.ended, errCutOff)
	_, err := c.in.ReadByte()
	require.Error(t, err)
	close(s.hold)
}

// However many connections are begun while the server stops, each gets its answer or none at all.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	for range 5 {
		s := serveUntilStopped(t, nil)
		close(s.hold)
		var workers sync.WaitGroup
		faults := make(chan error, 100)
		for range 16 {
			workers.Go(func() {
				for {
					conn, err := net.Dial("tcp", s.address)
					if err != nil {
						return // refused
					}
					if err := once(conn); err != nil {
						faults <- err
						return
					}
				}
			})
		}
		for range 100 {
			<-s.began
		}
		s.stop()
		workers.Wait()
		require.NoError(t, <-s.ended)
		close(faults)
		for fault := range faults {
			require.NoError(t, fault)
		}
	}
}

// once sends a request on a connection of its own and reads the answer.
func once(conn net.Conn) error {
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, getHome); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	_, err = io.ReadAll(response.Body)
	return err
}
