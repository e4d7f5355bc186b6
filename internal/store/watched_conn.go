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

// link is a connection to the database below TLS and the protocol. It knows since when it has been waiting for the other
// end, and can be given up: then everything that uses it fails at once, closing included.
type watchedConn struct {
	net.Conn
	watcher *connWatcher
	to      endpoint

	reading, writing atomic.Int64 // since when, in nanoseconds since 1970; 0: not
	ready            atomic.Bool  // signed in
	givenUp          atomic.Bool  // given up
	reportedBroken   atomic.Bool  // was found to be of no use

	mu      sync.Mutex // makes giving up and setting a deadline one step each
	session session    // set before the link is watched, never again

	// What the watch has found out; links.mu guards these.
	asked   int64         // since when it waited at that time
	askNext time.Time     // not before
	askWait time.Duration // doubles each time that the server is at work
}

// establish lifts the deadline for connecting and has the link watched.
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

// Read reads; it notes that it waits meanwhile.
func (l *watchedConn) Read(p []byte) (int, error) {
	if l.givenUp.Load() {
		return 0, errSilent
	}
	l.reading.Store(time.Now().UnixNano())
	n, err := l.Conn.Read(p)
	l.reading.Store(0)
	return n, l.handleError(err)
}

// Write writes; it notes that it waits meanwhile.
func (l *watchedConn) Write(p []byte) (int, error) {
	if l.givenUp.Load() {
		return 0, errSilent
	}
	l.writing.Store(time.Now().UnixNano())
	n, err := l.Conn.Write(p)
	l.writing.Store(0)
	return n, l.handleError(err)
}

// judge looks at the error of a read or write. Once a connection is ready, only the end of a context gives it a deadline:
// the statement was to be canceled, and there was no answer to that.
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

// SetDeadline sets a deadline, closeTimeout from now at most: pgx gives a connection that it closes 15 s.
func (l *watchedConn) SetDeadline(t time.Time) error { return l.limited(t, l.Conn.SetDeadline) }

// SetWriteDeadline sets a deadline as SetDeadline does.
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

// RemoteAddr is where a statement can be canceled: nowhere once the link was given up.
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

// giveUp ends all waits on the link. It does not close it: whoever uses it does.
func (l *watchedConn) giveUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.givenUp.Swap(true) {
		_ = l.Conn.SetDeadline(time.Unix(1, 0)) // fails where it is closed
	}
}

// waiting is since when the link has been waiting for the other end, in nanoseconds since 1970; 0 where it is not.
func (l *watchedConn) waiting() int64 {
	reading, writing := l.reading.Load(), l.writing.Load()
	if reading == 0 || writing != 0 && writing < reading {
		return writing
	}
	return reading
}
