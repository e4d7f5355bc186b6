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

// boundedListener limits its connections: their number, and the memory of requests and of responses that clients do not
// read.
//
// A connection has one of three states. It is idle if it has no request and holds little memory. It is slow from the
// moment at which the server waits for the client in the middle of a large header, a body or a response. Otherwise it
// is busy: a request runs. Only busy connections are never closed to make room. Timeouts limit how long each state
// lasts.
type boundedListener struct {
	net.Listener
	most    int                   // connections
	memory  int64                 // bytes for requests, and as many for responses
	trusted func(netip.Addr) bool // reports whether a peer is a proxy, which stands for many networks and has no share

	mu      sync.Mutex
	room    sync.Cond // signals that there may be room
	open    int
	held    int64 // bytes of requests
	answers int64 // bytes of responses
	closed  bool
	peers   map[netip.Addr]*peer // by network
}

// peer is a network with open connections.
type peer struct {
	network    netip.Addr
	trusted    bool
	open       int
	held       int64    // bytes of requests
	answers    int64    // bytes of responses
	idle, slow connList // the oldest first
}

const (
	// shareOfRoom is how many connections one network may have for each free connection. Of 4,096 connections, a single
	// network gets 3,276, and fewer if others have more (Choudhury and Hahne: Dynamic queue length thresholds, IEEE/ACM
	// Transactions on Networking 6/2, 1998).
	shareOfRoom = 4
	// roomPatience is how long the server waits for a slow client before it may close the connection to make room for
	// another.
	roomPatience = 100 * time.Millisecond
)

func newBoundedListener(listener net.Listener, most int, memory int64, trusted func(netip.Addr) bool) *boundedListener {
	l := &boundedListener{Listener: listener, most: most, memory: memory, trusted: trusted, peers: make(map[netip.Addr]*peer)}
	l.room.L = &l.mu
	return l
}

// serve registers the listener with a server. All other fields of the server must be set before.
func (l *boundedListener) serve(server *http.Server) {
	others := server.ConnState
	server.ConnState = func(raw net.Conn, state http.ConnState) {
		if others != nil {
			others(raw, state)
		}
		l.noteState(raw, state)
	}
	server.ConnContext = func(ctx context.Context, raw net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, raw)
	}
	handler := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			connectionOf(r.Context()).awaitBody()
		}
		handler.ServeHTTP(w, r)
	})
}

// Accept waits for the next connection for which there is room.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		conn := &boundedConn{Conn: raw, of: l}
		admitted, open := l.admit(conn, addressOf(raw))
		if admitted {
			return conn, nil
		}
		_ = raw.Close() // without a response
		if !open {
			return nil, net.ErrClosed
		}
	}
}

// addressOf returns the address of the peer, the zero address if the connection does not use TCP.
func addressOf(conn net.Conn) netip.Addr {
	address, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return address.AddrPort().Addr().Unmap()
}

// admit makes room for a connection from an address. It reports whether it did, and whether the listener is still open.
//
// A network that has reached its share makes room itself. If no room is left, the largest network makes room. If all
// connections of that network are busy, the new one waits until one of them ends.
func (l *boundedListener) admit(conn *boundedConn, address netip.Addr) (admitted, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		from := l.peer(address)
		switch largest := l.largest(); {
		case l.hasShare(from) && l.evict(from):
		case l.open >= l.most && largest == nil && l.closed:
			return false, false
		case l.open >= l.most && largest == nil:
			l.waitForRoom()
			continue
		case l.open >= l.most && (from.trusted || from.open < largest.open):
			l.evict(largest)
		case l.hasShare(from) || l.open >= l.most:
			return false, true
		}
		l.peers[from.network] = from // no change if it is known
		l.open++
		from.open++
		conn.peer = from
		conn.move(&from.idle)
		return true, true
	}
}

// waitForRoom returns when there may be room: a connection has ended or changed its state, or may have been slow for
// too long.
func (l *boundedListener) waitForRoom() {
	timer := time.AfterFunc(roomPatience, l.room.Signal)
	defer timer.Stop()
	l.room.Wait()
}

// peer returns the network of an address. A new one is not yet in peers.
func (l *boundedListener) peer(address netip.Addr) *peer {
	of := limit.Site(address)
	trusted := l.trusted != nil && l.trusted(address)
	if trusted {
		of = address // separate from other networks of the site of the proxy
	}
	found, ok := l.peers[of]
	if !ok {
		found = &peer{network: of, trusted: trusted}
	}
	return found
}

// hasShare reports whether a network has reached its share of connections.
func (l *boundedListener) hasShare(p *peer) bool {
	return !p.trusted && p.open > 0 && p.open >= shareOfRoom*(l.most-l.open)
}

// largest returns the peer with the most connections among those that can make room. It returns nil if no peer can, or
// if there is room.
func (l *boundedListener) largest() *peer {
	if l.open < l.most {
		return nil
	}
	var found *peer
	for _, p := range l.peers {
		if (found == nil || p.open > found.open) && p.oldest() != nil {
			found = p
		}
	}
	return found
}

// oldest returns the connection that has been idle or slow for the longest time, nil if none may be closed.
func (p *peer) oldest() *boundedConn {
	idle, slow := p.idle.front(), p.slow.front()
	if slow != nil && time.Since(slow.since) >= roomPatience && (idle == nil || slow.since.Before(idle.since)) {
		return slow
	}
	return idle
}

// evict closes a connection of a peer to make room. It reports whether there was one.
func (l *boundedListener) evict(p *peer) bool {
	conn := p.oldest()
	if conn == nil {
		return false
	}
	l.leave(conn)
	_ = conn.Conn.Close() // no request of it runs
	return true
}

// leave removes a connection from all counts. Further calls have no effect.
func (l *boundedListener) leave(conn *boundedConn) {
	if conn.gone {
		return
	}
	conn.gone = true
	conn.move(nil)
	l.releaseMemory(conn)
	l.open--
	conn.peer.open--
	if conn.peer.open == 0 {
		delete(l.peers, conn.peer.network)
	}
	l.room.Signal()
}

// noteState receives state changes from net/http (http.Server.ConnState). A connection is active from the end of a
// request's header to the end of its response.
func (l *boundedListener) noteState(raw net.Conn, state http.ConnState) {
	conn, ok := raw.(*boundedConn)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateActive:
		conn.begins()
	case http.StateIdle:
		conn.ends()
		l.room.Signal()
	}
}

// Close closes the listener, but not its connections.
func (l *boundedListener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.room.Signal()
	l.mu.Unlock()
	return l.Listener.Close()
}
