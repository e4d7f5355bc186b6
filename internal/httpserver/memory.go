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
func (one *connection) hold(weight int64) bool {
	if one == nil {
		return true
	}
	if one.refused.Load() {
		return false
	}
	now := one.weight.Add(weight)
	if now <= freeMemory {
		return true
	}
	one.of.mu.Lock()
	defer one.of.mu.Unlock()
	if one.gone || one.refused.Load() {
		return false
	}
	if !one.of.take(one, now-freeMemory-one.held) {
		one.refused.Store(true)
		one.of.giveBack(one)
		return false
	}
	if !one.active {
		one.waits() // in the middle of its header
	}
	return true
}

// take takes memory for a connection. Where the bound or the network's share does not allow for it, those connections
// that the server waits for give theirs up, the longest first.
func (c *connections) take(one *connection, bytes int64) bool {
	if bytes <= 0 {
		return true
	}
	for !c.mayTake(one, bytes) {
		slowest := c.slowest(ofRequests, memoryPatience)
		if slowest == nil || slowest == one || slowest.peer.held < one.peer.held {
			return false
		}
		c.reclaim(slowest)
	}
	one.held += bytes
	one.peer.held += bytes
	c.held += bytes
	return true
}

// takeAnswer takes memory for an answer that is there already, and reports whether it may be sent. The bound is as high
// as that of requests, and has no part in it: else clients that do not take their answers would keep requests out. Answers
// that are not taken soon are cut off where the bound is reached.
func (c *connections) takeAnswer(one *connection, bytes int64) bool {
	if one.gone || bytes <= freeMemory {
		return true
	}
	one.answers += bytes
	one.peer.answers += bytes
	c.answers += bytes
	for c.answers > c.memory {
		slowest := c.slowest(ofAnswers, roomPatience)
		if slowest == nil {
			return c.answers <= 2*c.memory
		}
		c.reclaim(slowest)
	}
	return true
}

func (c *connections) giveBack(one *connection) {
	one.peer.held -= one.held
	c.held -= one.held
	one.peer.answers -= one.answers
	c.answers -= one.answers
	one.held, one.answers = 0, 0
}

func (c *connections) mayTake(one *connection, bytes int64) bool {
	free := c.memory - c.held - bytes
	return free >= 0 && one.peer.held+bytes <= c.memoryShare(one.peer, free, one.held+bytes <= smallMemory)
}

// memoryShare returns the bytes that a network may hold while some are free. It is twice as much as is free for large requests,
// which is two thirds of the memory where the network is alone, and eight times as much for small ones, so that
// large ones do not keep them out. A proxy speaks for many networks: its share is three quarters, and all.
func (c *connections) memoryShare(p *peer, free int64, small bool) int64 {
	switch {
	case p.trusted && small:
		return c.memory
	case p.trusted:
		return c.memory / 4 * 3
	case small:
		return 8 * free
	default:
		return 2 * free
	}
}

// What of the memory is meant: that of requests or of answers.
type memoryOf struct {
	peer       func(*peer) int64
	connection func(*connection) int64
}

var (
	ofRequests = memoryOf{func(p *peer) int64 { return p.held }, func(one *connection) int64 { return one.held }}
	ofAnswers  = memoryOf{func(p *peer) int64 { return p.answers }, func(one *connection) int64 { return one.answers }}
)

// slowest returns the connection that the server has waited for the longest of those of a peer that hold memory, nil
// where it has waited for none as long as its patience. The peer is the one that holds the most of those that have any.
func (c *connections) slowest(of memoryOf, patience time.Duration) *connection {
	var found *connection
	for _, p := range c.peers {
		if found != nil && of.peer(p) <= of.peer(found.peer) {
			continue
		}
		for one := p.slow.front(); one != nil && time.Since(one.since) >= patience; one = one.next {
			if of.connection(one) > 0 {
				found = one
				break
			}
		}
	}
	return found
}

// reclaim takes the memory of a connection that the server waits for. A request whose body has not come gets an answer,
// others are cut off.
func (c *connections) reclaim(one *connection) {
	if one.awaiting.Load() && one.refused.CompareAndSwap(false, true) {
		c.giveBack(one)
		_ = one.SetReadDeadline(time.Unix(1, 0)) // wakes the handler up
		return
	}
	c.leave(one)
	_ = one.Conn.Close()
}

var errNoMemory = errors.New("there is no memory for what comes over the connection")

// isRefused reports whether there is no memory for the request on a connection.
func (one *connection) isRefused() bool { return one != nil && one.refused.Load() }

// boundedBody is a request's body for as long as there is memory for it.
type boundedBody struct {
	io.Reader
	over *connection
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
