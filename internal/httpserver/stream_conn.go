package httpserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// streamConn is a connection that a stream has taken over from net/http: nothing of its request stays in memory, and
// the timeouts of requests do not apply.
type streamConn struct {
	net.Conn              // of the listener
	bounded  *boundedConn // the same; nil if connections have no limit
	patience time.Duration

	idle  atomic.Bool  // whether the listener may close the connection to make room
	spare atomic.Int64 // bytes that may still be read; negative: no limit

	mu     sync.Mutex
	corked *bytes.Buffer // collects what is written; nil: it is sent at once
}

// errNoMoreInput ends the reading of a connection that is being closed.
var errNoMoreInput = errors.New("the client sends too much after the end")

// takeOver takes the connection of a request over. patience is how long a client may take to receive a message.
// buffered is what the client has sent after the request.
func takeOver(w http.ResponseWriter, patience time.Duration) (_ *streamConn, buffered []byte, err error) {
	raw, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	bounded, _ := raw.(*boundedConn)
	conn := &streamConn{Conn: raw, bounded: bounded, patience: patience}
	conn.spare.Store(-1)
	limitSilence(raw, patience)
	if n := rw.Reader.Buffered(); n > 0 {
		waiting, _ := rw.Peek(n) // it is buffered
		buffered = bytes.Clone(waiting)
	}
	return conn, buffered, nil
}

// Read reads without counting memory: the stream counts it for each message.
func (c *streamConn) Read(p []byte) (int, error) {
	if spare := c.spare.Load(); spare >= 0 {
		if spare == 0 {
			return 0, errNoMoreInput
		}
		p = p[:min(int64(len(p)), spare)]
	}
	from := c.Conn
	if c.bounded != nil {
		from = c.bounded.Conn
	}
	n, err := from.Read(p)
	if c.spare.Load() >= 0 {
		c.spare.Add(-int64(n))
	}
	return n, err
}

// The limits of what is read of a client while its connection is being closed.
const (
	closingTime  = 5 * time.Second
	closingBytes = 256 << 10
)

// limitClosing limits how long, and how much, the client sends until it answers the end of the stream.
func (c *streamConn) limitClosing() {
	c.spare.Store(closingBytes)
	_ = c.SetReadDeadline(time.Now().Add(closingTime))
}

// Write sends, or collects if the connection is corked. After an error the connection must be closed.
func (c *streamConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.corked != nil {
		return c.corked.Write(p)
	}
	return c.send(p)
}

func (c *streamConn) send(p []byte) (int, error) {
	begin := time.Now()
	_ = c.SetWriteDeadline(begin.Add(c.patience)) // fails only if it is closed
	n, err := c.Conn.Write(p)
	if err != nil && time.Since(begin) > c.patience/2 {
		// The kernel's limit may end the connection before the deadline does, and it may tell only the reader why.
		err = fmt.Errorf("%w: %w", os.ErrDeadlineExceeded, err)
	}
	c.bounded.settle(c.idle.Load())
	return n, err
}

// cork makes writes collect in a buffer until uncork. So a message is one system call.
func (c *streamConn) cork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.corked = bodies.Get().(*bytes.Buffer)
}

// uncork sends what was written since cork.
func (c *streamConn) uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	collected := c.corked
	c.corked = nil
	defer release(collected)
	_, err := c.send(collected.Bytes())
	return err
}

// setIdle sets whether the listener may close the connection to make room for another.
func (c *streamConn) setIdle(idle bool) {
	c.idle.Store(idle)
	c.bounded.settle(idle)
}

// The methods below count what a stream uses of the listener's limits, as those in bounded_conn.go do for requests.

// settle notes that no message is being sent. An idle connection may be closed to make room for another, and so may one
// whose client is in the middle of a message.
func (conn *boundedConn) settle(idle bool) {
	if conn == nil {
		return
	}
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	if conn.gone {
		return
	}
	peer := conn.peer
	peer.answers -= conn.answers
	conn.of.answers -= conn.answers
	conn.answers = 0
	switch {
	case conn.awaiting.Load():
	case idle:
		conn.move(&peer.idle)
		conn.of.room.Signal()
	default:
		conn.move(nil)
	}
}

// expectMessage notes that the rest of a message has to arrive: until then the client is slow.
func (conn *boundedConn) expectMessage() {
	if conn == nil {
		return
	}
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	conn.awaiting.Store(true)
	conn.waits()
}

// messageComplete notes that the whole message has arrived.
func (conn *boundedConn) messageComplete(idle bool) {
	if conn == nil {
		return
	}
	conn.awaiting.Store(false)
	conn.settle(idle)
}

// giveBack returns memory that hold has taken.
func (conn *boundedConn) giveBack(weight int64) {
	if conn == nil {
		return
	}
	now := conn.weight.Add(-weight)
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	if excess := conn.held - max(0, now-freeMemory); excess > 0 && !conn.gone {
		conn.held -= excess
		conn.peer.held -= excess
		conn.of.held -= excess
	}
}

// receive reads a message and counts its memory while it arrives. The caller gives the weight back.
func (c *streamConn) receive(text *bytes.Buffer, from io.Reader) (weight int64, err error) {
	part := make([]byte, 512)
	for {
		n, err := from.Read(part)
		text.Write(part[:n])
		weight += textWeight * int64(n)
		switch {
		case !c.bounded.hold(textWeight*int64(n)) || c.bounded.isRefused():
			return weight, errNoMemory
		case errors.Is(err, io.EOF):
			values := weightOf(text.Bytes())
			if !c.bounded.hold(values) {
				return weight + values, errNoMemory
			}
			return weight + values, nil
		case err != nil:
			return weight, err
		}
		if n == len(part) && len(part) < 32<<10 {
			part = make([]byte, 2*len(part))
		}
	}
}
