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

// boundedListener is a listener that bounds its connections: their number, and the memory of what clients send and do not take.
//
// A connection is in one of three states. It is idle while it has no request and holds little. It is slow from the moment at
// which the server waits for the client in the middle of something: for a large header, a body, or for the client to
// take an answer. Otherwise it is busy: a request of it runs. Only busy connections are never closed to make room.
// Timeouts bound how long each state lasts.
type boundedListener struct {
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
	idle, slow connList // the oldest in front
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

func newBoundedListener(listener net.Listener, most int, memory int64, trusted func(netip.Addr) bool) *boundedListener {
	l := &boundedListener{Listener: listener, most: most, memory: memory, trusted: trusted, peers: make(map[netip.Addr]*peer)}
	l.room.L = &l.mu
	return l
}

// serve makes a server tell c what its connections do. The server's other fields must be set already.
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

// Accept waits for the next connection that there is room for.
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
		_ = raw.Close() // nothing was said on it
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
		l.peers[from.network] = from // unless it is among them
		l.open++
		from.open++
		conn.peer = from
		conn.move(&from.idle)
		return true, true
	}
}

// waitForRoom returns when there may be some: when a connection has ended, changed its state, or is slow for too long.
func (l *boundedListener) waitForRoom() {
	timer := time.AfterFunc(roomPatience, l.room.Signal)
	defer timer.Stop()
	l.room.Wait()
}

// peer returns the network of an address. It is not among the peers before it has a connection.
func (l *boundedListener) peer(address netip.Addr) *peer {
	of := limit.Site(address)
	trusted := l.trusted != nil && l.trusted(address)
	if trusted {
		of = address // networks beside the proxy in its site have nothing to do with it
	}
	found, ok := l.peers[of]
	if !ok {
		found = &peer{network: of, trusted: trusted}
	}
	return found
}

// hasShare reports whether a network has as many connections as it may have while others are free.
func (l *boundedListener) hasShare(p *peer) bool {
	return !p.trusted && p.open > 0 && p.open >= shareOfRoom*(l.most-l.open)
}

// largest returns the peer with the most connections of those that can make room; nil where none can, or there is room.
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

// oldest returns the connection that is idle or slow for the longest, nil where none may be closed.
func (p *peer) oldest() *boundedConn {
	idle, slow := p.idle.front(), p.slow.front()
	if slow != nil && time.Since(slow.since) >= roomPatience && (idle == nil || slow.since.Before(idle.since)) {
		return slow
	}
	return idle
}

// evict closes a connection of a peer to make room, and reports whether there was one.
func (l *boundedListener) evict(p *peer) bool {
	conn := p.oldest()
	if conn == nil {
		return false
	}
	l.leave(conn)
	_ = conn.Conn.Close() // no request of it runs
	return true
}

// leave takes a connection out of all counts, once.
func (l *boundedListener) leave(conn *boundedConn) {
	if conn.gone {
		return
	}
	conn.gone = true
	conn.move(nil)
	l.giveBack(conn)
	l.open--
	conn.peer.open--
	if conn.peer.open == 0 {
		delete(l.peers, conn.peer.network)
	}
	l.room.Signal()
}

// noteState hears from net/http what a connection does (http.Server.ConnState). One is active from the end of a
// request's header to the end of its answer.
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

// Close ends the listening, and no connection.
func (l *boundedListener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.room.Signal()
	l.mu.Unlock()
	return l.Listener.Close()
}
