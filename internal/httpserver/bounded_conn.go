package httpserver

import (
	"bytes"
	"context"
	"net"
	"sync/atomic"
	"time"
)

// boundedConn is a connection of a boundedListener. The mutex of the listener guards its plain fields.
type boundedConn struct {
	net.Conn
	of   *boundedListener
	peer *peer
	gone bool // whether it has left all counts

	in         *connList // peer.idle or peer.slow; nil if it is busy
	next, prev *boundedConn
	since      time.Time // when it was added to in

	active   bool         // whether a request has its header and no complete response
	awaiting atomic.Bool  // whether the body is incomplete: reads wait for it
	held     int64        // bytes taken from the memory of requests
	answers  int64        // bytes taken from the memory of responses
	weight   atomic.Int64 // bytes of memory that the request needs, including freeMemory
	refused  atomic.Bool  // whether there is no memory for the rest of the request

	joined *[]byte // writes that are sent together; nil: each is sent at once. Of the goroutine that writes the response
}

type connectionKey struct{}

// connectionOf returns the connection of a request, nil if connections have no limit.
func connectionOf(ctx context.Context) *boundedConn {
	conn, _ := ctx.Value(connectionKey{}).(*boundedConn)
	return conn
}

// awaitBody notes that the request has a body. Until the body is complete, reads wait for the client and not for the
// end of the connection.
func (conn *boundedConn) awaitBody() { conn.awaiting.Store(true) }

// bodyComplete notes that the whole body has arrived.
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

// begins notes the end of the header of a request.
func (conn *boundedConn) begins() {
	conn.active = true
	conn.move(nil)
}

// ends notes the end of a response.
func (conn *boundedConn) ends() {
	conn.active = false
	conn.awaiting.Store(false)
	conn.refused.Store(false)
	conn.weight.Store(0)
	conn.of.releaseMemory(conn)
	conn.move(nil)
	if !conn.gone {
		conn.move(&conn.peer.idle)
	}
}

// waits notes that the server waits for the client in the middle of a request or response. The time counts from the
// first wait: a client that transfers a byte now and then is as slow as one that transfers nothing.
func (conn *boundedConn) waits() {
	if !conn.gone && conn.in != &conn.peer.slow {
		conn.move(&conn.peer.slow)
	}
}

// Read reads from the client, and counts the memory that the input will need.
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

// betweenRequests reports whether no request with a complete header waits for its response.
func (conn *boundedConn) betweenRequests() bool {
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	return !conn.active && !conn.gone
}

// linesWeight returns the memory for the lines of a header: net/http allocates a value for each.
func (conn *boundedConn) linesWeight(text []byte) int64 {
	if conn.awaiting.Load() {
		return 0
	}
	return lineWeight * int64(bytes.Count(text, newline))
}

var newline = []byte{'\n'}

// refuseHeader responds to a request without memory for its header. net/http would treat the error as one of the
// client.
func (conn *boundedConn) refuseHeader() error {
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Conn.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
	return net.ErrClosed
}

// Write writes to the client, which may read slowly.
func (conn *boundedConn) Write(p []byte) (int, error) {
	conn.of.mu.Lock()
	conn.waits()
	held := conn.of.takeAnswer(conn, answerWeight*int64(len(p)))
	conn.of.mu.Unlock()
	if !held {
		return 0, errNoMemory
	}
	if conn.joined != nil {
		if len(*conn.joined)+len(p) <= cap(*conn.joined) {
			*conn.joined = append(*conn.joined, p...)
			return len(p), nil
		}
		if err := conn.sendJoined(); err != nil {
			return 0, err
		}
	}
	return conn.Conn.Write(p)
}

// sent notes that the client has received a part of a response that is not in memory any more. The connection is busy again.
func (conn *boundedConn) sent() {
	if conn == nil {
		return
	}
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	if conn.gone {
		return
	}
	conn.of.releaseMemory(conn)
	conn.move(nil)
}

// Close closes the connection and makes room for another.
func (conn *boundedConn) Close() error {
	conn.of.mu.Lock()
	conn.of.leave(conn)
	conn.of.mu.Unlock()
	return conn.Conn.Close()
}

// connList is a list of connections, the oldest first. Unlike container/list, it allocates nothing for its elements.
type connList struct{ first, last *boundedConn }

func (s *connList) front() *boundedConn { return s.first }

// move moves a connection from its list to the end of another one; nil stands for none.
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
