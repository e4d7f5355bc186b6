package httpserver

import (
	"bytes"
	"context"
	"net"
	"sync/atomic"
	"time"
)

// connection is one of connections. Its plain fields are guarded by the mutex of those.
type connection struct {
	net.Conn
	of   *connections
	peer *peer
	gone bool // and counts no longer

	in         *sequence // idle or slow of its peer; nil while it is busy
	next, prev *connection
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
func connectionOf(ctx context.Context) *connection {
	one, _ := ctx.Value(connectionKey{}).(*connection)
	return one
}

// awaitBody notes that the request has a body: until it is complete, reads wait for the client and not for the end of
// the connection.
func (one *connection) awaitBody() { one.awaiting.Store(true) }

// bodyComplete is called when the whole body has come.
func (one *connection) bodyComplete() {
	if one == nil {
		return
	}
	one.awaiting.Store(false)
	one.of.mu.Lock()
	defer one.of.mu.Unlock()
	if one.active {
		one.move(nil)
	}
}

// begins is called at the end of a request's header.
func (one *connection) begins() {
	one.active = true
	one.move(nil)
}

// ends is called at the end of a request's answer.
func (one *connection) ends() {
	one.active = false
	one.awaiting.Store(false)
	one.refused.Store(false)
	one.weight.Store(0)
	one.of.giveBack(one)
	one.move(nil)
	if !one.gone {
		one.move(&one.peer.idle)
	}
}

// waits notes that the server waits for the client in the middle of something. How long it does counts from the first
// time: a client that sends or takes a byte now and then is as slow as one that does nothing.
func (one *connection) waits() {
	if !one.gone && one.in != &one.peer.slow {
		one.move(&one.peer.slow)
	}
}

// Read reads what the client sends, and counts the memory that it will take.
func (one *connection) Read(p []byte) (int, error) {
	if one.awaiting.Load() {
		one.of.mu.Lock()
		if one.awaiting.Load() {
			one.waits()
		}
		one.of.mu.Unlock()
	}
	n, err := one.Conn.Read(p)
	if n > 0 && !one.hold(textWeight*int64(n)+one.linesWeight(p[:n])) && one.betweenRequests() {
		return 0, one.refuseHeader()
	}
	return n, err
}

// betweenRequests reports whether no header of a request has come that waits for its answer.
func (one *connection) betweenRequests() bool {
	one.of.mu.Lock()
	defer one.of.mu.Unlock()
	return !one.active && !one.gone
}

// linesWeight returns what lines weigh where they are those of a header: net/http makes a value of each.
func (one *connection) linesWeight(text []byte) int64 {
	if one.awaiting.Load() {
		return 0
	}
	return lineWeight * int64(bytes.Count(text, newline))
}

var newline = []byte{'\n'}

// refuseHeader answers a request whose header there is no memory for. net/http would take the error for the client's.
func (one *connection) refuseHeader() error {
	_ = one.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = one.Conn.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
	return net.ErrClosed
}

// Write sends what the client may be slow to take.
func (one *connection) Write(p []byte) (int, error) {
	one.of.mu.Lock()
	one.waits()
	held := one.of.takeAnswer(one, answerWeight*int64(len(p)))
	one.of.mu.Unlock()
	if !held {
		return 0, errNoMemory
	}
	return one.Conn.Write(p)
}

// Close ends the connection and gives its place back.
func (one *connection) Close() error {
	one.of.mu.Lock()
	one.of.leave(one)
	one.of.mu.Unlock()
	return one.Conn.Close()
}

// sequence is a list of connections in the order in which they came into it. Unlike container/list it takes no memory for
// what is in it.
type sequence struct{ first, last *connection }

func (s *sequence) front() *connection { return s.first }

// move puts a connection at the end of a sequence, nil for none, and takes it out of the one that it is in.
func (one *connection) move(to *sequence) {
	if from := one.in; from != nil {
		if one.prev == nil {
			from.first = one.next
		} else {
			one.prev.next = one.next
		}
		if one.next == nil {
			from.last = one.prev
		} else {
			one.next.prev = one.prev
		}
		one.prev, one.next, one.in = nil, nil, nil
	}
	if to == nil {
		return
	}
	one.in, one.since, one.prev = to, time.Now(), to.last
	if to.last == nil {
		to.first = one
	} else {
		to.last.next = one
	}
	to.last = one
}
