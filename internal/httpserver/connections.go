package httpserver

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// connections is a listener whose connections are bounded in number. Where there are too many, the one whose next
// request has not come for the longest makes room, be it idle or only begun to send a header; where each has a request,
// the new one waits until one of them ends. How long that takes is bounded by timeouts.
type connections struct {
	net.Listener
	most int

	mu     sync.Mutex
	room   sync.Cond // there may be some
	open   int
	closed bool
	quiet  list.List // of *connection: those without a request, the longest so in front
}

// connection is one of them. Its fields are guarded by the listener's mutex.
type connection struct {
	net.Conn
	of    *connections
	gone  bool          // and counts no longer
	quiet *list.Element // its place among the quiet ones, if it is one
}

func newConnections(listener net.Listener, most int) *connections {
	c := &connections{Listener: listener, most: most}
	c.room.L = &c.mu
	return c
}

// Accept waits for the next connection, and for room for it.
func (c *connections) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	admitted := &connection{Conn: conn, of: c}
	if !c.admit(admitted) {
		_ = conn.Close() // nothing was said on it
		return nil, net.ErrClosed
	}
	return admitted, nil
}

// admit makes room for a connection; false where the listener was closed meanwhile.
func (c *connections) admit(one *connection) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.open >= c.most && !c.closed {
		if longest := c.quiet.Front(); longest != nil {
			end := longest.Value.(*connection)
			c.leave(end)
			_ = end.Conn.Close() // nobody waits for an answer on it
			continue
		}
		c.room.Wait()
	}
	if c.closed {
		return false
	}
	c.open++
	c.park(one)
	return true
}

func (c *connections) park(one *connection) {
	if one.quiet == nil && !one.gone {
		one.quiet = c.quiet.PushBack(one)
	}
}

func (c *connections) unpark(one *connection) {
	if one.quiet != nil {
		c.quiet.Remove(one.quiet)
		one.quiet = nil
	}
}

// leave takes a connection out of the count, once.
func (c *connections) leave(one *connection) {
	c.unpark(one)
	if !one.gone {
		one.gone = true
		c.open--
	}
}

// noteState hears from net/http what a connection does (http.Server.ConnState). One is active from the end of a
// request's header to the end of its answer.
func (c *connections) noteState(conn net.Conn, state http.ConnState) {
	one, ok := conn.(*connection)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateActive:
		c.unpark(one)
	case http.StateIdle:
		c.park(one)
		c.room.Signal()
	}
}

// Close ends the listening, and no connection.
func (c *connections) Close() error {
	c.mu.Lock()
	c.closed = true
	c.room.Signal()
	c.mu.Unlock()
	return c.Listener.Close()
}

// Close ends the connection and gives its place back.
func (one *connection) Close() error {
	one.of.mu.Lock()
	one.of.leave(one)
	one.of.room.Signal()
	one.of.mu.Unlock()
	return one.Conn.Close()
}
