package httpserver

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// What a request takes of memory, in bytes, at most: measured, and rounded up.
const (
	textWeight   = 4   // for each byte: as it came, as it is decoded, and the values made of it
	lineWeight   = 128 // for each line of a header
	objectWeight = 400 // for each JSON object in it: a map
	valueWeight  = 64  // for each other value
	answerWeight = 2   // for each byte of an answer: its data, and the body made of that
)

const (
	// freeMemory is what every request may take beside the bound, in bytes: most take no more, and then need not
	// ask. Connections bound what they take together.
	freeMemory = 8 << 10
	// smallMemory is what a small request takes at most, in bytes. Large ones leave a part of the memory to those.
	smallMemory = 64 << 10
	// memoryPatience is how long a client that is waited for may hold memory that others want.
	memoryPatience = time.Second
)

// defaultRequestMemory bounds the memory of requests where Options do not, in bytes.
const defaultRequestMemory = 64 << 20

// hold takes memory for what came of a request, and reports whether there was any. Where there was none the request must be
// refused, whatever more comes of it.
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
		conn.of.giveBack(conn)
		return false
	}
	if !conn.active {
		conn.waits() // in the middle of its header
	}
	return true
}

// take takes memory for a connection. Where the bound or the network's share does not allow for it, those connections
// that the server waits for give theirs up, the longest first.
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

// takeAnswer takes memory for an answer that is there already, and reports whether it may be sent. The bound is as high
// as that of requests, and has no part in it: else clients that do not take their answers would keep requests out. Answers
// that are not taken soon are cut off where the bound is reached.
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

func (l *boundedListener) giveBack(conn *boundedConn) {
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

// memoryShare returns the bytes that a network may hold while some are free. It is twice as much as is free for large requests,
// which is two thirds of the memory where the network is alone, and eight times as much for small ones, so that
// large ones do not keep them out. A proxy speaks for many networks: its share is three quarters, and all.
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

// What of the memory is meant: that of requests or of answers.
type memoryOf struct {
	peer       func(*peer) int64
	connection func(*boundedConn) int64
}

var (
	ofRequests = memoryOf{func(p *peer) int64 { return p.held }, func(conn *boundedConn) int64 { return conn.held }}
	ofAnswers  = memoryOf{func(p *peer) int64 { return p.answers }, func(conn *boundedConn) int64 { return conn.answers }}
)

// slowest returns the connection that the server has waited for the longest of those of a peer that hold memory, nil
// where it has waited for none as long as its patience. The peer is the one that holds the most of those that have any.
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

// reclaim takes the memory of a connection that the server waits for. A request whose body has not come gets an answer,
// others are cut off.
func (l *boundedListener) reclaim(conn *boundedConn) {
	if conn.awaiting.Load() && conn.refused.CompareAndSwap(false, true) {
		l.giveBack(conn)
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // wakes the handler up
		return
	}
	l.leave(conn)
	_ = conn.Conn.Close()
}

var errNoMemory = errors.New("there is no memory for what comes over the connection")

// isRefused reports whether there is no memory for the request on a connection.
func (conn *boundedConn) isRefused() bool { return conn != nil && conn.refused.Load() }

// boundedBody is a request's body for as long as there is memory for it.
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

// weightOf returns the bytes of memory that the values of a JSON text take beside the text, at most.
func weightOf(text []byte) int64 {
	objects := bytes.Count(text, []byte{'{'})
	values := bytes.Count(text, []byte{','}) + bytes.Count(text, []byte{'['})
	return objectWeight*int64(objects) + valueWeight*int64(values)
}
