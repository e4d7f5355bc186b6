package httpserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lastCall is how long an idle connection stays open after the stop: a request that is in flight still gets its
	// response, the last one on the connection.
	lastCall = 250 * time.Millisecond
	// handshakes is how long the server waits for handshakes in progress before it closes the listener.
	handshakes = 50 * time.Millisecond
	// stopPoll is the interval of checks during a stop.
	stopPoll = 5 * time.Millisecond
)

// drainListener tracks the open connections of a listener. net/http tracks them too, but http.Server.Shutdown closes
// idle connections without checking whether the next request has arrived.
type drainListener struct {
	net.Listener
	stopping atomic.Bool // whether each response is the last one on its connection

	mu   sync.Mutex
	open map[*drainConn]struct{}
}

// drainConn is a connection of a drainListener.
type drainConn struct {
	net.Conn
	of *drainListener

	mu    sync.Mutex
	asked bool      // whether part of a request has arrived that has no response yet
	since time.Time // when asked changed
}

func newDrainListener(listener net.Listener) *drainListener {
	return &drainListener{Listener: listener, open: map[*drainConn]struct{}{}}
}

// Accept waits for the next connection.
func (l *drainListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &drainConn{Conn: conn, of: l, since: time.Now()}
	l.mu.Lock()
	l.open[c] = struct{}{}
	l.mu.Unlock()
	return c, nil
}

// Read reads, and notes that a request has begun.
func (c *drainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.note(true)
	}
	return n, err
}

// Close closes the connection.
func (c *drainConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

func (c *drainConn) note(asked bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked != asked {
		c.asked, c.since = asked, time.Now()
	}
}

// isQuiet reports whether no request has arrived for lastCall, counted from the stop at the earliest, and there is no
// unread input.
func (c *drainConn) isQuiet(stopped time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.asked && time.Since(stopped) >= lastCall && time.Since(c.since) >= lastCall && !hasInput(c.Conn)
}

// noteState receives state changes from net/http (http.Server.ConnState). A connection becomes idle when its response
// is sent.
func (l *drainListener) noteState(conn net.Conn, state http.ConnState) {
	for {
		switch known := conn.(type) {
		case *drainConn:
			switch state {
			case http.StateActive:
				known.note(true)
			case http.StateIdle:
				known.note(false)
			}
			return
		case interface{ NetConn() net.Conn }:
			conn = known.NetConn()
		default:
			return
		}
	}
}

// NetConn returns the underlying connection, as crypto/tls.Conn does.
func (conn *boundedConn) NetConn() net.Conn { return conn.Conn }

// NetConn returns the underlying connection, as crypto/tls.Conn does.
func (c *drainConn) NetConn() net.Conn { return c.Conn }

func (l *drainListener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// endQuiet closes the connections without a request.
func (l *drainListener) endQuiet(stopped time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		if c.isQuiet(stopped) {
			_ = c.Conn.Close() // net/http notices it and cleans up
		}
	}
}

// lastAnswers makes each response that begins after the stop the last one on its connection, so that clients reconnect
// elsewhere.
func (l *drainListener) lastAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last := &lastAnswer{ResponseWriter: w, of: l}
		next.ServeHTTP(last, r)
		last.begin()
	})
}

// lastAnswer decides as late as possible: when the header of the response is written.
type lastAnswer struct {
	http.ResponseWriter
	of    *drainListener
	begun bool
}

func (l *lastAnswer) begin() {
	if !l.begun && l.of.stopping.Load() {
		l.Header().Set("Connection", "close")
	}
	l.begun = true
}

// WriteHeader begins the response.
func (l *lastAnswer) WriteHeader(status int) {
	if status >= 200 {
		l.begin()
	}
	l.ResponseWriter.WriteHeader(status)
}

// Write begins the response if necessary.
func (l *lastAnswer) Write(p []byte) (int, error) {
	l.begin()
	return l.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (l *lastAnswer) Unwrap() http.ResponseWriter { return l.ResponseWriter }

var errCutOff = errors.New("requests were cut off at shutdown")

// stop closes the listener and then the connections, each after its response. ctx limits the time. The order ensures
// that no request is lost: responses become the last ones of their connections, new connections are refused,
// connections that wait in the kernel are accepted, the listener closes, and then connections that stay without a
// request for a while.
func (l *drainListener) stop(ctx context.Context, closeListener func() error) error {
	l.stopping.Store(true)
	refuseConnections(l.Listener)
	began := time.Now()
	ended := l.until(ctx, func() bool {
		return waitingConnections(l.Listener) == 0 && (time.Since(began) >= handshakes || l.count() == 0)
	})
	if err := closeListener(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	if ended && l.until(ctx, func() bool { l.endQuiet(began); return l.count() == 0 }) {
		return nil
	}
	return errors.Join(errCutOff, ctx.Err())
}

// streamsEnd is how long the goroutines of streams may take to end after their connections were closed.
const streamsEnd = time.Second

// awaitStreams waits until the streams, whose connections are closed, have given back what they hold.
func (l *drainListener) awaitStreams(ctx context.Context, streams *Streams) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), streamsEnd)
	defer cancel()
	l.until(bounded, func() bool { return len(streams.all()) == 0 })
}

// until reports whether a condition became true before ctx ended.
func (l *drainListener) until(ctx context.Context, done func() bool) bool {
	tick := time.NewTicker(stopPoll)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
