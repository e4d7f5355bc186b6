package store

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// errSilent is the error of a connection that was given up because the other end does not answer.
var errSilent = errors.New("the connection to the database was silent, and was given up")

// watchedConn is a connection to the database, below TLS and the protocol. It records since when it has been waiting
// for the other end, and it can be given up: then every use of it fails at once, including closing it.
type watchedConn struct {
	net.Conn
	watcher *connWatcher
	to      endpoint

	reading, writing atomic.Int64 // since when it waits, in nanoseconds since 1970; 0: it does not wait
	ready            atomic.Bool  // authenticated
	givenUp          atomic.Bool  // given up
	reportedBroken   atomic.Bool  // whether its failure was reported

	mu      sync.Mutex // makes giving up and setting a deadline atomic
	session session    // set before the connection is watched, then constant

	// State of the watcher; watcher.mu guards these.
	askedSince int64         // the value of waiting at the last question
	askNext    time.Time     // do not ask before
	askWait    time.Duration // doubles each time the server is still working
}

// establish removes the deadline for connecting and starts to watch the connection.
func (l *watchedConn) establish(s session) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session = s
	if err := l.Conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	l.ready.Store(true)
	l.watcher.add(l)
	return nil
}

// Read reads, and records that it waits.
func (l *watchedConn) Read(p []byte) (int, error) {
	if l.givenUp.Load() {
		return 0, errSilent
	}
	l.reading.Store(time.Now().UnixNano())
	n, err := l.Conn.Read(p)
	l.reading.Store(0)
	return n, l.handleError(err)
}

// Write writes, and records that it waits.
func (l *watchedConn) Write(p []byte) (int, error) {
	if l.givenUp.Load() {
		return 0, errSilent
	}
	l.writing.Store(time.Now().UnixNano())
	n, err := l.Conn.Write(p)
	l.writing.Store(0)
	return n, l.handleError(err)
}

// handleError handles the error of a read or write. Once a connection is ready, only the end of a context sets a
// deadline: the statement was to be canceled, and the server did not answer the cancel request.
func (l *watchedConn) handleError(err error) error {
	if err == nil || !l.ready.Load() {
		return err
	}
	if l.givenUp.Load() {
		err = errSilent
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		l.giveUp()
	}
	if !l.reportedBroken.Swap(true) {
		l.watcher.onBroken()
	}
	return err
}

// SetDeadline sets a deadline of at most closeTimeout from now: pgx allows a connection that it closes 15 s.
func (l *watchedConn) SetDeadline(t time.Time) error { return l.limited(t, l.Conn.SetDeadline) }

// SetWriteDeadline limits the deadline as SetDeadline does.
func (l *watchedConn) SetWriteDeadline(t time.Time) error {
	return l.limited(t, l.Conn.SetWriteDeadline)
}

func (l *watchedConn) limited(t time.Time, set func(time.Time) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.givenUp.Load() {
		return nil
	}
	if latest := time.Now().Add(closeTimeout); l.ready.Load() && t.After(latest) {
		t = latest
	}
	return set(t)
}

// RemoteAddr returns the address for cancel requests: nowhere once the connection was given up.
func (l *watchedConn) RemoteAddr() net.Addr {
	if l.givenUp.Load() {
		return &net.UnixAddr{Net: nowhere}
	}
	return l.Conn.RemoteAddr()
}

// Close closes the connection.
func (l *watchedConn) Close() error {
	l.watcher.remove(l)
	return l.Conn.Close()
}

// giveUp ends all waits on the connection. It does not close it: its user does.
func (l *watchedConn) giveUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.givenUp.Swap(true) {
		_ = l.Conn.SetDeadline(time.Unix(1, 0)) // fails only if it is closed
	}
}

// waiting returns since when the connection has been waiting for the other end, in nanoseconds since 1970; 0 if it does
// not wait.
func (l *watchedConn) waiting() int64 {
	reading, writing := l.reading.Load(), l.writing.Load()
	if reading == 0 || writing != 0 && writing < reading {
		return writing
	}
	return reading
}
