package httpserver

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"followgraph/internal/limit"
)

// connections is a listener that bounds its connections: their number, and the memory of what clients send and do not take.
//
// A connection is in one of three states. It is idle while it has no request and holds little. It is slow from the moment at
// which the server waits for the client in the middle of something: for a large header, a body, or for the client to
// take an answer. Otherwise it is busy: a request of it runs. Only busy connections are never closed to make room.
// Timeouts bound how long each state lasts.
type connections struct {
	net.Listener
	most    int                   // connections
	memory  int64                 // bytes, see account
	trusted func(netip.Addr) bool // reports whether a peer is a proxy, which speaks for many networks and has no share

	mu      sync.Mutex
	room    sync.Cond // there may be some
	open    int
	held    int64 // bytes of requests
	answers int64 // bytes of answers
	closed  bool
	peers   map[netip.Addr]*peer // those with connections, by network
}

// peer is a network that has connections.
type peer struct {
	network    netip.Addr
	trusted    bool
	open       int
	held       int64    // bytes of requests
	answers    int64    // bytes of answers
	idle, slow sequence // the oldest in front
}

const (
	// shareOfRoom is how many connections one network may have for each that is free: of 4,096 it gets 3,276 if it is
	// alone, and less the more the others have (Choudhury and Hahne: Dynamic queue length thresholds, IEEE/ACM
	// Transactions on Networking 6/2, 1998).
	shareOfRoom = 4
	// roomPatience is how long the server waits for a client in the middle of something before the connection may be
	// closed to make room for another.
	roomPatience = 100 * time.Millisecond
)

func newConnections(listener net.Listener, most int, memory int64, trusted func(netip.Addr) bool) *connections {
	c := &connections{Listener: listener, most: most, memory: memory, trusted: trusted, peers: make(map[netip.Addr]*peer)}
	c.room.L = &c.mu
	return c
}

// serve makes a server tell c what its connections do. The server's other fields must be set already.
func (c *connections) serve(server *http.Server) {
	others := server.ConnState
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if others != nil {
			others(conn, state)
		}
		c.noteState(conn, state)
	}
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, conn)
	}
	handler := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			connectionOf(r.Context()).awaitBody()
		}
		handler.ServeHTTP(w, r)
	})
}

// Accept waits for the next connection that there is room for.
func (c *connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		one := &connection{Conn: conn, of: c}
		admitted, open := c.admit(one, addressOf(conn))
		if admitted {
			return one, nil
		}
		_ = conn.Close() // nothing was said on it
		if !open {
			return nil, net.ErrClosed
		}
	}
}

// addressOf returns the address of the other end, the zero address where that is none of IP.
func addressOf(conn net.Conn) netip.Addr {
	address, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return address.AddrPort().Addr().Unmap()
}

// admit makes room for a connection from an address, and reports whether it did, and whether the listener is still open.
//
// A network that has its share makes room itself. Where no room is left at all, the largest network makes it; where
// that has a request on each of its connections, the new one waits until one of them ends.
func (c *connections) admit(one *connection, address netip.Addr) (admitted, open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		from := c.peer(address)
		switch largest := c.largest(); {
		case c.hasShare(from) && c.evict(from):
		case c.open >= c.most && largest == nil && c.closed:
			return false, false
		case c.open >= c.most && largest == nil:
			c.waitForRoom()
			continue
		case c.open >= c.most && (from.trusted || from.open < largest.open):
			c.evict(largest)
		case c.hasShare(from) || c.open >= c.most:
			return false, true
		}
		c.peers[from.network] = from // unless it is among them
		c.open++
		from.open++
		one.peer = from
		one.move(&from.idle)
		return true, true
	}
}

// waitForRoom returns when there may be some: when a connection has ended, changed its state, or is slow for too long.
func (c *connections) waitForRoom() {
	timer := time.AfterFunc(roomPatience, c.room.Signal)
	defer timer.Stop()
	c.room.Wait()
}

// peer returns the network of an address. It is not among the peers before it has a connection.
func (c *connections) peer(address netip.Addr) *peer {
	of := limit.Site(address)
	trusted := c.trusted != nil && c.trusted(address)
	if trusted {
		of = address // networks beside the proxy in its site have nothing to do with it
	}
	found, ok := c.peers[of]
	if !ok {
		found = &peer{network: of, trusted: trusted}
	}
	return found
}

// hasShare reports whether a network has as many connections as it may have while others are free.
func (c *connections) hasShare(p *peer) bool {
	return !p.trusted && p.open > 0 && p.open >= shareOfRoom*(c.most-c.open)
}

// largest returns the peer with the most connections of those that can make room; nil where none can, or there is room.
func (c *connections) largest() *peer {
	if c.open < c.most {
		return nil
	}
	var found *peer
	for _, p := range c.peers {
		if (found == nil || p.open > found.open) && p.oldest() != nil {
			found = p
		}
	}
	return found
}

// oldest returns the connection that is idle or slow for the longest, nil where none may be closed.
func (p *peer) oldest() *connection {
	idle, slow := p.idle.front(), p.slow.front()
	if slow != nil && time.Since(slow.since) >= roomPatience && (idle == nil || slow.since.Before(idle.since)) {
		return slow
	}
	return idle
}

// evict closes a connection of a peer to make room, and reports whether there was one.
func (c *connections) evict(p *peer) bool {
	one := p.oldest()
	if one == nil {
		return false
	}
	c.leave(one)
	_ = one.Conn.Close() // no request of it runs
	return true
}

// leave takes a connection out of all counts, once.
func (c *connections) leave(one *connection) {
	if one.gone {
		return
	}
	one.gone = true
	one.move(nil)
	c.giveBack(one)
	c.open--
	one.peer.open--
	if one.peer.open == 0 {
		delete(c.peers, one.peer.network)
	}
	c.room.Signal()
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
		one.begins()
	case http.StateIdle:
		one.ends()
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
