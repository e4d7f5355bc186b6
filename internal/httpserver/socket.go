package httpserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// socket is a WebSocket with operations. While it is idle it has one goroutine, which waits for messages.
type socket struct {
	api     *graphQL
	conn    *websocket.Conn
	raw     *streamConn
	address netip.Addr
	started time.Time
	// authorization is the header of the handshake, until connection_init.
	authorization []string

	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	// The goroutine that reads sets these fields once, at connection_init.
	operating context.Context // ctx with the caller
	out       *outlet
	holder    *limit.StreamHolder
	caller    viewer.Viewer
	guard     *guard // nil without a token

	sending      sync.Mutex   // held while a message is sent
	sendingSince atomic.Int64 // Unix time in nanoseconds; 0: no message is being sent

	mu         sync.Mutex
	state      socketState
	operations map[string]*socketOperation
	running    int // queries, mutations, and subscriptions that have not begun
	timer      *time.Timer
	lastUse    time.Time // when it last had an operation
	closing    *closing  // why it is being closed; nil if it is not
	stopping   bool      // whether it is closed when nothing runs
	sent       int       // events
}

// socketState is how far a connection has come.
type socketState int

const (
	socketOpened       socketState = iota // no connection_init yet
	socketInitializing                    // the caller is being identified
	socketAcknowledged
)

// isUpgrade reports whether a request asks for a WebSocket (RFC 6455, 4.1).
func isUpgrade(r *http.Request) bool {
	return len(r.Header["Upgrade"]) > 0 && strings.EqualFold(r.Header["Upgrade"][0], "websocket")
}

// The sizes of the buffers of a WebSocket, in bytes. They are small because most connections are idle. What does not fit
// is read directly, and messages of the server are collected before they are sent.
const (
	socketReadBuffer  = 128
	socketWriteBuffer = 16
)

// socketWriter lets the WebSocket library take over the connection of a request, with buffers of little memory.
type socketWriter struct {
	http.ResponseWriter
	patience time.Duration
	conn     *streamConn // nil before the library has taken over
}

// Hijack implements http.Hijacker.
func (w *socketWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := takeOver(w.ResponseWriter, w.patience)
	if err != nil {
		return nil, nil, err
	}
	w.conn = conn
	reader := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(buffered), conn), max(socketReadBuffer, len(buffered)))
	_, _ = reader.Peek(len(buffered)) // so that the library finds it
	return conn, bufio.NewReadWriter(reader, bufio.NewWriterSize(conn, socketWriteBuffer)), nil
}

// serveSocket answers the handshake of a WebSocket.
func (h *graphQL) serveSocket(w http.ResponseWriter, r *http.Request) {
	switch {
	case !isAllowedOrigin(r, h.origins):
		h.preflight(w, r)
		return
	case h.streams.isStopping():
		h.reply(w, r, refusalOf(errStopping))
		return
	}
	taken := &socketWriter{ResponseWriter: w, patience: h.writeTimeout}
	s := &socket{api: h, address: h.proxies.address(r), started: time.Now(), lastUse: time.Now()}
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		s.authorization = cloneValues(values)
	}
	conn, err := websocket.Accept(taken, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, InsecureSkipVerify: true, // the origin was checked
		CompressionMode: websocket.CompressionDisabled, OnPingReceived: s.mayPong,
	})
	if err != nil {
		return // the library has answered
	}
	conn.SetReadLimit(maxBody)
	s.conn, s.raw = conn, taken.conn
	s.ctx, s.cancel = newContext(r.Context())
	s.mu.Lock()
	s.timer = time.AfterFunc(h.streams.options.InitTimeout, s.tick)
	s.mu.Unlock()
	stopping := h.streams.add(s) != nil
	go s.run(conn.Subprotocol() == subprotocol, stopping) //nolint:contextcheck // the connection has its own context
}

// cloneValues returns a copy of a header's values, so that they do not keep the other headers in memory.
func cloneValues(values []string) []string {
	clone := make([]string, len(values))
	for i, value := range values {
		clone[i] = strings.Clone(value)
	}
	return clone
}

// run reads messages until the connection ends.
func (s *socket) run(acceptable, stopping bool) {
	defer s.finish()
	defer s.recover()
	switch {
	case !acceptable:
		s.close(closing{closeSubprotocol, "Subprotocol not acceptable"})
		return
	case stopping:
		s.stop()
	}
	s.raw.setIdle(true)
	for {
		input, end := s.read()
		if end == nil && input != nil {
			end = s.handle(*input)
		}
		if end != nil {
			s.close(*end)
		}
		if end != nil || input == nil {
			return
		}
	}
}

// socketInput is a message as it arrived.
type socketInput struct {
	text   []byte
	weight int64 // memory that it holds, in bytes
}

// recover closes the connection after a panic.
func (s *socket) recover() {
	if fault := recover(); fault != nil {
		s.api.log.ErrorContext(s.ctx, "panic in a WebSocket", "panic", fault, "stack", string(debug.Stack()))
		s.close(closing{closeInternalError, "Internal server error"})
	}
}

// read reads a message. Without one, it returns why the connection must be closed; nil: it has ended.
func (s *socket) read() (*socketInput, *closing) {
	kind, reader, err := s.conn.Reader(context.Background()) // which ends with the connection
	if err != nil {
		s.endWith(closing{closeAbnormal, string(endOfConnection(err))})
		return nil, nil
	}
	if kind != websocket.MessageText {
		return nil, invalid("it must be text")
	}
	s.raw.bounded.expectMessage()
	_ = s.raw.SetReadDeadline(time.Now().Add(s.api.readTimeout)) // fails only if it is closed
	var text bytes.Buffer
	weight, err := s.raw.receive(&text, reader)
	if err != nil {
		s.raw.bounded.giveBack(weight)
		return nil, s.unread(err)
	}
	_ = s.raw.SetReadDeadline(time.Time{})
	s.raw.bounded.messageComplete(s.raw.idle.Load())
	return &socketInput{text.Bytes(), weight}, nil
}

// unread returns why the connection must be closed after an error in the middle of a message; nil: it has ended.
func (s *socket) unread(err error) *closing {
	switch {
	case errors.Is(err, errNoMemory):
		return &closing{closeTryLater, "The server has no memory left for messages: try again later"}
	case errors.Is(err, websocket.ErrMessageTooBig):
		return &closing{closeTooBig, "The message is too large"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return invalid("it did not arrive within the time limit")
	default:
		return nil
	}
}

// handle handles a message. It returns why the connection must be closed, nil if it stays open.
func (s *socket) handle(input socketInput) *closing {
	message, end := parseMessage(input.text)
	if end == nil && message.kind == messageSubscribe {
		return s.subscribe(message, input.weight)
	}
	defer s.raw.bounded.giveBack(input.weight)
	if end != nil {
		return end
	}
	switch message.kind {
	case messageInit:
		return s.initialize(message.payload)
	case messagePing:
		_ = s.send(messagePong, "", message.payload, nil) // an error ends the connection
	case messageComplete:
		s.complete(message.id)
	}
	return nil
}

// send sends a message, unless it belongs to an operation that has ended. After an error the connection is closed.
func (s *socket) send(kind, id string, payload []byte, of *socketOperation) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	if of != nil && of.feed.isOver() || s.isClosing() {
		return errClosed
	}
	s.sendingSince.Store(time.Now().UnixNano())
	defer s.sendingSince.Store(0)
	message := bodies.Get().(*bytes.Buffer)
	defer release(message)
	writeMessage(message, kind, id, payload)
	s.raw.cork()
	err := s.conn.Write(context.Background(), websocket.MessageText, message.Bytes()) // fails only if it is closed
	if sending := s.raw.uncork(); err == nil {
		err = sending
	}
	if err != nil {
		s.drop(endOfConnection(err))
	}
	return err
}

// mayPong reports whether a ping of a client gets a pong. If the client does not read, the pong would wait with the
// message before it, and the library would close the connection.
func (s *socket) mayPong(context.Context, []byte) bool { return !s.isStuck() }

// stuckAfter is how long a message waits for a client until the client counts as one that does not read.
const stuckAfter = time.Second

// isStuck reports whether a message waits for the client.
func (s *socket) isStuck() bool {
	since := s.sendingSince.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > stuckAfter
}

// tick closes a connection that has not sent connection_init in time, or that has had no operation for too long.
// Otherwise it sends a ping: proxies keep the connection open, and a client that does not answer is gone.
func (s *socket) tick() {
	keepAlive := s.api.streams.options.KeepAlive
	s.mu.Lock()
	state, idle, ended := s.state, len(s.operations) == 0 && time.Since(s.lastUse) >= s.api.idleTimeout, s.closing != nil
	s.mu.Unlock()
	switch {
	case ended:
		return
	case state == socketOpened:
		s.close(closing{closeInitTimeout, "Connection initialisation timeout"})
		return
	case idle:
		s.close(closing{closeGoingAway, "Idle: connect again when needed"})
		return
	case s.isStuck(): // the time limit of the message applies
	default:
		ctx, cancel := context.WithTimeout(s.ctx, s.api.writeTimeout)
		err := s.conn.Ping(ctx)
		cancel()
		if err != nil && !s.isStuck() {
			s.drop(observe.EndedBySlowness)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing == nil {
		s.timer.Reset(keepAlive)
	}
}
