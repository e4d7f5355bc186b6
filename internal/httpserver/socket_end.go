package httpserver

import (
	"time"

	"github.com/coder/websocket"

	"followgraph/internal/observe"
)

// close ends all operations, tells the client why, and closes the connection. It waits for the client to answer, for at
// most closingTime.
func (s *socket) close(end closing) {
	if s.endWith(end) {
		s.raw.limitClosing()
		_ = s.conn.Close(websocket.StatusCode(end.code), end.reason) // an error means that the client has left
	}
}

// endWith notes why the connection is being closed, and ends all operations. It reports false if it is being closed
// already.
func (s *socket) endWith(end closing) bool {
	s.mu.Lock()
	if s.closing != nil {
		s.mu.Unlock()
		return false
	}
	s.closing = &end
	s.timer.Stop()
	operations := s.operations
	s.operations = nil
	s.mu.Unlock()
	for _, op := range operations {
		s.end(op, end.why())
	}
	return true
}

// why returns the reason why operations end with the connection.
func (c closing) why() observe.SubscriptionEnd {
	switch c.code {
	case closeUnauthorized, closeForbidden:
		return observe.EndedByToken
	case closeRestart:
		return observe.EndedByStop
	case closeInternalError, closeTryLater:
		return observe.EndedByError
	case closeAbnormal:
		return observe.SubscriptionEnd(c.reason)
	default:
		return observe.EndedByClient
	}
}

// closeAbnormal stands for a connection that is closed without a word (RFC 6455, 7.4.1).
const closeAbnormal closeCode = 1006

// isClosing reports whether the connection is being closed.
func (s *socket) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing != nil
}

// drop closes the connection without a word, because the client does not read, or has left.
func (s *socket) drop(why observe.SubscriptionEnd) {
	if s.endWith(closing{closeAbnormal, string(why)}) {
		s.cut()
	}
}

// cut closes the connection at once.
func (s *socket) cut() {
	_ = s.raw.Close()
	go func() { _ = s.conn.CloseNow() }() // it waits for the goroutine that reads
}

// stop makes the client come again, when its queries and mutations have ended.
func (s *socket) stop() {
	s.mu.Lock()
	s.stopping = true
	quiet := s.running == 0
	s.mu.Unlock()
	if quiet {
		go s.close(closing{closeRestart, "Service restart"})
	}
}

// abort closes the connection.
func (s *socket) abort() {
	s.endWith(closing{closeAbnormal, string(observe.EndedByStop)})
	s.cut()
}

// finish gives back what the connection has taken.
func (s *socket) finish() {
	s.endWith(closing{closeAbnormal, string(observe.EndedByClient)})
	s.cancel()
	s.guard.stop()
	_ = s.conn.CloseNow()
	s.api.streams.remove(s)
	s.mu.Lock()
	end, events := *s.closing, s.sent
	s.mu.Unlock()
	s.api.logStream(s.ctx, streamLine{
		transport: observe.WebSocket, end: end.why(), code: end.code, events: events, took: time.Since(s.started),
		address: s.address, caller: s.caller.CognitoID,
	})
}
