package httpserver

import (
	"bytes"
	"context"
	"net"
	"sync/atomic"
	"time"
)

// boundedConn is a connection of a boundedListener. Its plain fields are guarded by the mutex of those.
type boundedConn struct {
	net.Conn
	of   *boundedListener
	peer *peer
	gone bool // and counts no longer

	in         *connList // idle or slow of its peer; nil while it is busy
	next, prev *boundedConn
	since      time.Time // it is in that

	active   bool         // a request's header has come, and its answer is not complete
	awaiting atomic.Bool  // a body that is not complete, which is what further reads are for
	held     int64        // bytes of the memory that it has taken for a request
	answers  int64        // bytes of the memory that it has taken for its answer
	weight   atomic.Int64 // bytes of memory that what came for the request takes, what is not taken from the bound included
	refused  atomic.Bool  // there is no memory for the rest of the request
}

type connectionKey struct{}

// connectionOf returns the connection that a request came over, nil where that is not bounded.
func connectionOf(ctx context.Context) *boundedConn {
	conn, _ := ctx.Value(connectionKey{}).(*boundedConn)
	return conn
}

// awaitBody notes that the request has a body: until it is complete, reads wait for the client and not for the end of
// the connection.
func (conn *boundedConn) awaitBody() { conn.awaiting.Store(true) }

// bodyComplete is called when the whole body has come.
func (conn *boundedConn) bodyComplete() {
	if conn == nil {
		return
	}
	conn.awaiting.Store(false)
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	if conn.active {
		conn.move(nil)
	}
}

// begins is called at the end of a request's header.
func (conn *boundedConn) begins() {
	conn.active = true
	conn.move(nil)
}

// ends is called at the end of a request's answer.
func (conn *boundedConn) ends() {
	conn.active = false
	conn.awaiting.Store(false)
	conn.refused.Store(false)
	conn.weight.Store(0)
	conn.of.giveBack(conn)
	conn.move(nil)
	if !conn.gone {
		conn.move(&conn.peer.idle)
	}
}

// waits notes that the server waits for the client in the middle of something. How long it does counts from the first
// time: a client that sends or takes a byte now and then is as slow as one that does nothing.
func (conn *boundedConn) waits() {
	if !conn.gone && conn.in != &conn.peer.slow {
		conn.move(&conn.peer.slow)
	}
}

// Read reads what the client sends, and counts the memory that it will take.
func (conn *boundedConn) Read(p []byte) (int, error) {
	if conn.awaiting.Load() {
		conn.of.mu.Lock()
		if conn.awaiting.Load() {
			conn.waits()
		}
		conn.of.mu.Unlock()
	}
	n, err := conn.Conn.Read(p)
	if n > 0 && !conn.hold(textWeight*int64(n)+conn.linesWeight(p[:n])) && conn.betweenRequests() {
		return 0, conn.refuseHeader()
	}
	return n, err
}

// betweenRequests reports whether no header of a request has come that waits for its answer.
func (conn *boundedConn) betweenRequests() bool {
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	return !conn.active && !conn.gone
}

// linesWeight returns what lines weigh where they are those of a header: net/http makes a value of each.
func (conn *boundedConn) linesWeight(text []byte) int64 {
	if conn.awaiting.Load() {
		return 0
	}
	return lineWeight * int64(bytes.Count(text, newline))
}

var newline = []byte{'\n'}

// refuseHeader answers a request whose header there is no memory for. net/http would take the error for the client's.
func (conn *boundedConn) refuseHeader() error {
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Conn.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
	return net.ErrClosed
}

// Write sends what the client may be slow to take.
func (conn *boundedConn) Write(p []byte) (int, error) {
	conn.of.mu.Lock()
	conn.waits()
	held := conn.of.takeAnswer(conn, answerWeight*int64(len(p)))
	conn.of.mu.Unlock()
	if !held {
		return 0, errNoMemory
	}
	return conn.Conn.Write(p)
}

// Close ends the connection and gives its place back.
func (conn *boundedConn) Close() error {
	conn.of.mu.Lock()
	conn.of.leave(conn)
	conn.of.mu.Unlock()
	return conn.Conn.Close()
}

// connList is a list of connections in the order in which they came into it. Unlike container/list it takes no memory for
// what is in it.
type connList struct{ first, last *boundedConn }

func (s *connList) front() *boundedConn { return s.first }

// move puts a connection at the end of a sequence, nil for none, and takes it out of the one that it is in.
func (conn *boundedConn) move(to *connList) {
	if from := conn.in; from != nil {
		if conn.prev == nil {
			from.first = conn.next
		} else {
			conn.prev.next = conn.next
		}
		if conn.next == nil {
			from.last = conn.prev
		} else {
			conn.next.prev = conn.prev
		}
		conn.prev, conn.next, conn.in = nil, nil, nil
	}
	if to == nil {
		return
	}
	conn.in, conn.since, conn.prev = to, time.Now(), to.last
	if to.last == nil {
		to.first = conn
	} else {
		to.last.next = conn
	}
	to.last = conn
}
