package httpserver

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// The memory that a request needs at most, in bytes. The values are measured and rounded up.
const (
	textWeight   = 4   // per byte: the input, its decoded form, and the values made of it
	lineWeight   = 128 // per line of a header
	objectWeight = 400 // per JSON object, which becomes a map
	valueWeight  = 64  // per other value
	answerWeight = 2   // per byte of a response: its data, and the body made of it
)

const (
	// freeMemory is what each request may use without counting, in bytes. Most requests need no more, and so take no
	// lock. The limit of connections limits their sum.
	freeMemory = 8 << 10
	// smallMemory is the largest memory of a small request, in bytes. Large requests leave part of the memory to small
	// ones.
	smallMemory = 64 << 10
	// memoryPatience is how long a slow client may hold memory that other requests need.
	memoryPatience = time.Second
)

// defaultRequestMemory is the default of Options.RequestMemory, in bytes.
const defaultRequestMemory = 64 << 20

// hold takes memory for input of a request, and reports whether there is enough. If not, the request must be refused,
// even if more input arrives.
func (conn *boundedConn) hold(weight int64) bool {
	if conn == nil {
		return true
	}
	if conn.refused.Load() {
		return false
	}
	now := conn.weight.Add(weight)
	if now <= freeMemory {
		return true
	}
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	if conn.gone || conn.refused.Load() {
		return false
	}
	if !conn.of.take(conn, now-freeMemory-conn.held) {
		conn.refused.Store(true)
		conn.of.releaseMemory(conn)
		return false
	}
	if !conn.active {
		conn.waits() // in the middle of its header
	}
	return true
}

// take takes memory for a connection. If the limit or the share of the network does not allow it, slow connections lose
// their memory, in the order of how long they have been slow.
func (l *boundedListener) take(conn *boundedConn, size int64) bool {
	if size <= 0 {
		return true
	}
	for !l.mayTake(conn, size) {
		slowest := l.slowest(ofRequests, memoryPatience)
		if slowest == nil || slowest == conn || slowest.peer.held < conn.peer.held {
			return false
		}
		l.reclaim(slowest)
	}
	conn.held += size
	conn.peer.held += size
	l.held += size
	return true
}

// takeAnswer takes memory for an existing response, and reports whether it may be sent. The limit is as high as that of
// requests and separate from it: otherwise clients that do not read would block requests. At the limit, responses that
// clients read slowly are cut off.
func (l *boundedListener) takeAnswer(conn *boundedConn, size int64) bool {
	if conn.gone || size <= freeMemory {
		return true
	}
	conn.answers += size
	conn.peer.answers += size
	l.answers += size
	for l.answers > l.memory {
		slowest := l.slowest(ofAnswers, roomPatience)
		if slowest == nil {
			return l.answers <= 2*l.memory
		}
		l.reclaim(slowest)
	}
	return true
}

func (l *boundedListener) releaseMemory(conn *boundedConn) {
	conn.peer.held -= conn.held
	l.held -= conn.held
	conn.peer.answers -= conn.answers
	l.answers -= conn.answers
	conn.held, conn.answers = 0, 0
}

func (l *boundedListener) mayTake(conn *boundedConn, size int64) bool {
	free := l.memory - l.held - size
	return free >= 0 && conn.peer.held+size <= l.memoryShare(conn.peer, free, conn.held+size <= smallMemory)
}

// memoryShare returns the memory that a network may hold while some is free. For large requests it is twice the free
// memory, so a single network gets two thirds. For small requests it is eight times the free memory, so that large
// requests do not keep them out. A proxy stands for many networks: its shares are three quarters, and all.
func (l *boundedListener) memoryShare(p *peer, free int64, small bool) int64 {
	switch {
	case p.trusted && small:
		return l.memory
	case p.trusted:
		return l.memory / 4 * 3
	case small:
		return 8 * free
	default:
		return 2 * free
	}
}

// memoryOf selects the memory of requests, or that of responses.
type memoryOf struct {
	peer       func(*peer) int64
	connection func(*boundedConn) int64
}

var (
	ofRequests = memoryOf{func(p *peer) int64 { return p.held }, func(conn *boundedConn) int64 { return conn.held }}
	ofAnswers  = memoryOf{func(p *peer) int64 { return p.answers }, func(conn *boundedConn) int64 { return conn.answers }}
)

// slowest returns the connection that has been slow for the longest time, if it holds memory and has been slow for at
// least patience, else nil. It belongs to the peer that holds the most memory among those with such connections.
func (l *boundedListener) slowest(of memoryOf, patience time.Duration) *boundedConn {
	var found *boundedConn
	for _, p := range l.peers {
		if found != nil && of.peer(p) <= of.peer(found.peer) {
			continue
		}
		for conn := p.slow.front(); conn != nil && time.Since(conn.since) >= patience; conn = conn.next {
			if of.connection(conn) > 0 {
				found = conn
				break
			}
		}
	}
	return found
}

// reclaim takes the memory of a slow connection. A request with an incomplete body gets a response. Other connections
// are closed.
func (l *boundedListener) reclaim(conn *boundedConn) {
	if conn.awaiting.Load() && conn.refused.CompareAndSwap(false, true) {
		l.releaseMemory(conn)
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // wakes the handler
		return
	}
	l.leave(conn)
	_ = conn.Conn.Close()
}

var errNoMemory = errors.New("there is no memory for what comes over the connection")

// isRefused reports whether there is no memory for the request on a connection.
func (conn *boundedConn) isRefused() bool { return conn != nil && conn.refused.Load() }

// boundedBody reads the body of a request while there is memory for it.
type boundedBody struct {
	io.Reader
	over *boundedConn
}

func (b boundedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.over.isRefused() {
		return n, errNoMemory
	}
	return n, err
}

// weightOf returns the memory that the values of a JSON text need at most, in bytes, in addition to the text.
func weightOf(text []byte) int64 {
	objects := bytes.Count(text, []byte{'{'})
	values := bytes.Count(text, []byte{','}) + bytes.Count(text, []byte{'['})
	return objectWeight*int64(objects) + valueWeight*int64(values)
}
