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
	// lastCall is how long a connection without a request stays open once the server stops: a request that was on its
	// way still gets its answer, which is then the connection's last.
	lastCall = 250 * time.Millisecond
	// handshakes is how long connections that clients have begun to open may take to be there before the listener closes.
	handshakes = 50 * time.Millisecond
	// stopPoll is how often a stop in progress is looked at.
	stopPoll = 5 * time.Millisecond
)

// drainListener tracks the open connections of a listener. net/http knows them too, but closes those between two requests
// (http.Server.Shutdown) without looking whether the next request has come meanwhile.
type drainListener struct {
	net.Listener
	stopping atomic.Bool // whether each answer is its connection's last

	mu   sync.Mutex
	open map[*drainConn]struct{}
}

// drainConn is one connection.
type drainConn struct {
	net.Conn
	of *drainListener

	mu    sync.Mutex
	asked bool      // whether bytes of a request have come that is not answered yet
	since time.Time // of the last change of asked
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

// Read notes that a request has begun.
func (c *drainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.note(true)
	}
	return n, err
}

// Close ends the connection.
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

// isQuiet reports whether no request has come for as long as lastCall, counted from the stop at the earliest, and none
// waits to be read.
func (c *drainConn) isQuiet(stopped time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.asked && time.Since(stopped) >= lastCall && time.Since(c.since) >= lastCall && !hasInput(c.Conn)
}

// noteState hears from net/http what a connection does (http.Server.ConnState). It is idle when an answer is out.
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

// NetConn returns the connection below, as that of crypto/tls does.
func (conn *boundedConn) NetConn() net.Conn { return conn.Conn }

func (l *drainListener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// endQuiet closes the connections on which nobody waits for an answer.
func (l *drainListener) endQuiet(stopped time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		if c.isQuiet(stopped) {
			_ = c.Conn.Close() // net/http notices, and closes it for good
		}
	}
}

// lastAnswers lets every answer that begins after the stop be its connection's last, so that clients move on.
func (l *drainListener) lastAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last := &lastAnswer{ResponseWriter: w, of: l}
		next.ServeHTTP(last, r)
		last.begin()
	})
}

// lastAnswer decides as late as possible: with the answer's header.
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

// WriteHeader begins the answer.
func (l *lastAnswer) WriteHeader(status int) {
	if status >= 200 {
		l.begin()
	}
	l.ResponseWriter.WriteHeader(status)
}

// Write begins the answer, if need be.
func (l *lastAnswer) Write(p []byte) (int, error) {
	l.begin()
	return l.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (l *lastAnswer) Unwrap() http.ResponseWriter { return l.ResponseWriter }

var errCutOff = errors.New("requests were cut off at shutdown")

// stop ends the listening and then the connections, none of them before it has its answer; ctx bounds it. The order keeps
// a request from being lost: answers become the last ones, no further connection is begun, those that the system holds for
// us are accepted, the listener closes, and what is then without a request for a while is closed.
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

// until reports whether a condition came true before ctx ended.
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
