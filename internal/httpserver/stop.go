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

// visits are the open connections of a listener. net/http knows them too, but closes those between two requests
// (http.Server.Shutdown) without looking whether the next request has come meanwhile.
type visits struct {
	net.Listener
	stopping atomic.Bool // whether each answer is its connection's last

	mu   sync.Mutex
	open map[*visit]struct{}
}

// visit is one connection.
type visit struct {
	net.Conn
	of *visits

	mu    sync.Mutex
	asked bool      // whether bytes of a request have come that is not answered yet
	since time.Time // of the last change of asked
}

func newVisits(listener net.Listener) *visits {
	return &visits{Listener: listener, open: map[*visit]struct{}{}}
}

// Accept waits for the next connection.
func (v *visits) Accept() (net.Conn, error) {
	conn, err := v.Listener.Accept()
	if err != nil {
		return nil, err
	}
	one := &visit{Conn: conn, of: v, since: time.Now()}
	v.mu.Lock()
	v.open[one] = struct{}{}
	v.mu.Unlock()
	return one, nil
}

// Read notes that a request has begun.
func (one *visit) Read(p []byte) (int, error) {
	n, err := one.Conn.Read(p)
	if n > 0 {
		one.note(true)
	}
	return n, err
}

// Close ends the connection.
func (one *visit) Close() error {
	one.of.mu.Lock()
	delete(one.of.open, one)
	one.of.mu.Unlock()
	return one.Conn.Close()
}

func (one *visit) note(asked bool) {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.asked != asked {
		one.asked, one.since = asked, time.Now()
	}
}

// isQuiet reports whether no request has come for as long as lastCall, counted from the stop at the earliest, and none
// waits to be read.
func (one *visit) isQuiet(stopped time.Time) bool {
	one.mu.Lock()
	defer one.mu.Unlock()
	return !one.asked && time.Since(stopped) >= lastCall && time.Since(one.since) >= lastCall && !hasInput(one.Conn)
}

// noteState hears from net/http what a connection does (http.Server.ConnState). It is idle when an answer is out.
func (v *visits) noteState(conn net.Conn, state http.ConnState) {
	for {
		switch known := conn.(type) {
		case *visit:
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
func (one *connection) NetConn() net.Conn { return one.Conn }

func (v *visits) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.open)
}

// endQuiet closes the connections on which nobody waits for an answer.
func (v *visits) endQuiet(stopped time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for one := range v.open {
		if one.isQuiet(stopped) {
			_ = one.Conn.Close() // net/http notices, and closes it for good
		}
	}
}

// lastAnswers lets every answer that begins after the stop be its connection's last, so that clients move on.
func (v *visits) lastAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last := &lastAnswer{ResponseWriter: w, of: v}
		next.ServeHTTP(last, r)
		last.begin()
	})
}

// lastAnswer decides as late as possible: with the answer's header.
type lastAnswer struct {
	http.ResponseWriter
	of    *visits
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
func (v *visits) stop(ctx context.Context, closeListener func() error) error {
	v.stopping.Store(true)
	refuseConnections(v.Listener)
	began := time.Now()
	ended := v.until(ctx, func() bool {
		return waitingConnections(v.Listener) == 0 && (time.Since(began) >= handshakes || v.count() == 0)
	})
	if err := closeListener(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	if ended && v.until(ctx, func() bool { v.endQuiet(began); return v.count() == 0 }) {
		return nil
	}
	return errors.Join(errCutOff, ctx.Err())
}

// until reports whether a condition came true before ctx ended.
func (v *visits) until(ctx context.Context, done func() bool) bool {
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
