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
var errSilent = errors.New("the connection to the database was given up because the server did not respond")

// watchedConn is a connection to the database, below TLS and the protocol. It records the start of each wait for the
// other end. It can be given up: then every use of it fails at once, including Close.
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
func (c *watchedConn) establish(s session) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
	if err := c.Conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	c.ready.Store(true)
	c.watcher.add(c)
	return nil
}

// Read reads, and records that it waits.
func (c *watchedConn) Read(p []byte) (int, error) {
	if c.givenUp.Load() {
		return 0, errSilent
	}
	c.reading.Store(time.Now().UnixNano())
	n, err := c.Conn.Read(p)
	c.reading.Store(0)
	return n, c.handleError(err)
}

// Write writes, and records that it waits.
func (c *watchedConn) Write(p []byte) (int, error) {
	if c.givenUp.Load() {
		return 0, errSilent
	}
	c.writing.Store(time.Now().UnixNano())
	n, err := c.Conn.Write(p)
	c.writing.Store(0)
	return n, c.handleError(err)
}

// handleError handles the error of a read or write. On a ready connection, only the end of a context sets a deadline.
// If that deadline passes, the server has not responded to the cancel request of the statement.
func (c *watchedConn) handleError(err error) error {
	if err == nil || !c.ready.Load() {
		return err
	}
	if c.givenUp.Load() {
		err = errSilent
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		c.giveUp()
	}
	if !c.reportedBroken.Swap(true) {
		c.watcher.onBroken()
	}
	return err
}

// SetDeadline sets a deadline of at most closeTimeout from now. pgx would allow 15 s to close a connection.
func (c *watchedConn) SetDeadline(t time.Time) error { return c.limited(t, c.Conn.SetDeadline) }

// SetWriteDeadline limits the deadline as SetDeadline does.
func (c *watchedConn) SetWriteDeadline(t time.Time) error {
	return c.limited(t, c.Conn.SetWriteDeadline)
}

func (c *watchedConn) limited(t time.Time, set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.givenUp.Load() {
		return nil
	}
	if latest := time.Now().Add(closeTimeout); c.ready.Load() && t.After(latest) {
		t = latest
	}
	return set(t)
}

// RemoteAddr returns the address for cancel requests: nowhere once the connection was given up.
func (c *watchedConn) RemoteAddr() net.Addr {
	if c.givenUp.Load() {
		return &net.UnixAddr{Net: nowhere}
	}
	return c.Conn.RemoteAddr()
}

// Close closes the connection.
func (c *watchedConn) Close() error {
	c.watcher.remove(c)
	return c.Conn.Close()
}

// giveUp ends all waits on the connection. The user of the connection closes it.
func (c *watchedConn) giveUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.givenUp.Swap(true) {
		_ = c.Conn.SetDeadline(time.Unix(1, 0)) // fails only if it is closed
	}
}

// waiting returns since when the connection has been waiting for the other end, in nanoseconds since 1970; 0 if it does
// not wait.
func (c *watchedConn) waiting() int64 {
	reading, writing := c.reading.Load(), c.writing.Load()
	if reading == 0 || writing != 0 && writing < reading {
		return writing
	}
	return reading
}
