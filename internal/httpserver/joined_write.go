package httpserver

import (
	"net/http"
	"sync"
)

// Bounds of a body whose response is sent by one system call. Shorter ones fit into the 4 KiB that net/http collects,
// with their header. For longer ones a second call does not matter.
const (
	joinedFrom = 3 << 10
	joinedUpTo = 16 << 10
)

// joinedBuffers holds the buffers of responses that are joined. Headers have room beside the longest body.
var joinedBuffers = sync.Pool{New: func() any {
	buffer := make([]byte, 0, joinedUpTo+4<<10)
	return &buffer
}}

// joinWrites makes the response to r be sent by one system call, if the length of its body suggests it. The returned
// function sends it. Without that, net/http sends what fits into its buffer and then the rest, and wakes the client
// twice: for a page of 50 users this is a tenth of the whole request.
func joinWrites(w http.ResponseWriter, r *http.Request, length int) (send func()) {
	conn := connectionOf(r.Context())
	if conn == nil || length < joinedFrom || length > joinedUpTo {
		return func() {}
	}
	conn.joined = joinedBuffers.Get().(*[]byte)
	return func() {
		_ = http.NewResponseController(w).Flush() // to the buffer; an error means that the client has left
		_ = conn.sendJoined()
	}
}

// sendJoined sends the writes that were joined, and ends joining.
func (conn *boundedConn) sendJoined() error {
	buffer := conn.joined
	if buffer == nil {
		return nil // a long header has filled it
	}
	conn.joined = nil
	defer func() { *buffer = (*buffer)[:0]; joinedBuffers.Put(buffer) }()
	_, err := conn.Conn.Write(*buffer)
	return err
}
