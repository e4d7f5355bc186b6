package httpserver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

// checkLeaks fails the test if it leaves goroutines behind. Tests with it do not run in parallel with others.
func checkLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// smallBuffers is a listener whose connections take little of what their clients do not read.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		_ = conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return conn, err
}

// newSmallServer runs a server on a listener with small buffers.
func newSmallServer(t *testing.T, change func(*Options)) *streamServer {
	t.Helper()
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return newStreamServerOn(t, smallBuffers{listener}, change)
}

// dialRaw opens a connection that reads little in advance, and sends a text.
func (s *streamServer) dialRaw(t *testing.T, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4<<10))
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	return conn, bufio.NewReaderSize(conn, 16)
}

func rawRequest(accept string) string {
	body, err := json.Marshal(map[string]any{"query": askFollowers})
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", accept, len(body), body)
}

const rawUpgrade = "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"

// rawFrame returns a frame of a client, with a mask of zeros.
func rawFrame(text string) string {
	header := []byte{0x81, 0x80 | byte(len(text))}
	if len(text) >= 126 {
		header = []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text))}
	}
	return string(header) + "\x00\x00\x00\x00" + text
}

// TestStuckReaders: a client that does not read is disconnected after the write timeout. Until then its events are not
// even asked for, so they can be merged.
func TestStuckReaders(t *testing.T) {
	checkLeaks(t)
	s := newSmallServer(t, func(o *Options) { o.WriteTimeout = 300 * time.Millisecond })
	for name, text := range map[string]string{
		"websocket": rawUpgrade + rawFrame(`{"type":"connection_init"}`) + rawFrame(subscribeMessage("a", map[string]any{"query": askFollowers})),
		"sse":       rawRequest("text/event-stream"),
		"multipart": rawRequest(apolloAccept),
	} {
		t.Run(name, func(t *testing.T) {
			s.dialRaw(t, text)
			events := s.next(t)
			long := `"` + strings.Repeat("x", 64<<10) + `"`
			const many = 500
			for range many {
				events.send(long, "1")
			}
			events.requireClosed(t)
			events.mu.Lock()
			sent := events.sent
			events.mu.Unlock()
			require.Less(t, sent, many/2, "the rest waits")
			s.awaitOpen(t, 0, 0)
		})
	}
	require.Equal(t, 3, strings.Count(s.logs.String(), `"end":"slow"`), "%s", s.logs)
}

// TestSlowReaders: a client that reads slowly, but within the write timeout for each event, gets all of them.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	s := newSmallServer(t, nil)
	for name, text := range map[string]string{
		"websocket": rawUpgrade + rawFrame(`{"type":"connection_init"}`) + rawFrame(subscribeMessage("a", map[string]any{"query": askFollowers})),
		"sse":       rawRequest("text/event-stream"),
	} {
		t.Run(name, func(t *testing.T) {
			conn, r := s.dialRaw(t, text)
			events := s.next(t)
			const count, size = 4, 16 << 10
			for range count {
				events.send(`"`+strings.Repeat("x", size)+`"`, "1")
			}
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			seen := 0
			part := make([]byte, 8<<10)
			for seen < count*size {
				<-tick.C
				n, err := r.Read(part)
				require.NoError(t, err)
				seen += strings.Count(string(part[:n]), "x")
			}
			require.NoError(t, conn.Close())
			events.requireClosed(t)
		})
	}
}

// TestHalfOpenConnections: a client that has vanished without a word does not answer pings.
func TestHalfOpenConnections(t *testing.T) {
	checkLeaks(t)
	s := newStreamServer(t, func(o *Options) {
		o.WriteTimeout = 200 * time.Millisecond
		o.Streams = NewStreams(StreamOptions{KeepAlive: 100 * time.Millisecond})
	})
	s.dialRaw(t, rawUpgrade+rawFrame(`{"type":"connection_init"}`)+rawFrame(subscribeMessage("a", map[string]any{"query": askFollowers})))
	s.next(t).requireClosed(t)
	s.awaitOpen(t, 0, 0)
	for name, text := range map[string]string{"a part of a message": "\x81\x80", "nothing": ""} {
		_, r := s.dialRaw(t, rawUpgrade+rawFrame(`{"type":"connection_init"}`)+text)
		_, err := io.Copy(io.Discard, r)
		require.NoError(t, err, name)
	}
}

// TestSlowMessages: a message must arrive within the read timeout.
func TestSlowMessages(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) { o.ReadTimeout = 200 * time.Millisecond })
	_, r := s.dialRaw(t, rawUpgrade+"\x81\xa0\x00\x00\x00\x00{\"type\":") // 8 of 32 bytes
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Contains(t, string(rest), "\x11\x30Invalid message: it did not arrive within the time limit")
}

// TestClosedHandshakesAreBounded: a client that sends without end after the server has closed is cut off.
func TestClosedHandshakesAreBounded(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	conn, r := s.dialRaw(t, rawUpgrade)
	response, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
	// The header of a frame of 2^62 bytes.
	_, err = conn.Write([]byte{0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	require.NoError(t, err)
	part := make([]byte, 64<<10)
	sent := 0
	for err == nil {
		require.NoError(t, conn.SetWriteDeadline(time.Now().Add(anyWait)))
		_, err = conn.Write(part)
		sent += len(part)
		require.Less(t, sent, 64<<20)
	}
	s.awaitOpen(t, 0, 0)
}

// TestFloodOfSubscriptions: what exceeds the limits is refused, and the connection goes on.
func TestFloodOfSubscriptions(t *testing.T) {
	checkLeaks(t)
	const most, flood = 10, 1000
	s := newStreamServer(t, func(o *Options) {
		o.Streams = NewStreams(StreamOptions{Limits: limit.StreamLimits{PerConnection: most}})
	})
	c := s.openSocket(t)
	go func() {
		for i := range flood {
			text := subscribeMessage(numbered("s", i), map[string]any{"query": askFollowers})
			if c.Write(context.Background(), websocket.MessageText, []byte(text)) != nil {
				return
			}
		}
	}()
	for range flood - most {
		var message struct {
			Type    string
			Payload []struct{ Extensions struct{ Code apperr.Code } }
		}
		require.NoError(t, json.Unmarshal([]byte(c.receive(t)), &message))
		require.Equal(t, "error", message.Type)
		require.Equal(t, apperr.RateLimited, message.Payload[0].Extensions.Code)
	}
	require.Len(t, s.begun, most)
	require.Equal(t, map[limit.StreamLimit]uint64{limit.StreamsOfConnection: flood - most}, s.streams.Load().Refused)
	s.awaitOpen(t, 1, most)
	require.NoError(t, c.CloseNow())
	for range most {
		s.next(t).requireClosed(t)
	}
}

// TestCompleteRaces completes subscriptions while they begin and while they have events. Nothing stays behind.
func TestCompleteRaces(t *testing.T) {
	checkLeaks(t)
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case events := <-s.begun:
				for i := range 5 {
					events.send(fmt.Sprintf(`{"n":%d}`, i), "1")
				}
			case <-done:
				return
			}
		}
	}()
	const rounds = 300
	for i := range rounds {
		id := numbered("s", i%7)
		c.subscribe(t, id, askFollowers)
		c.send(t, `{"id":"`+id+`","type":"complete"}`)
		c.send(t, `{"id":"`+id+`","type":"complete"}`) // of an operation that has ended
	}
	c.send(t, `{"type":"ping"}`)
	for text := ""; !strings.Contains(text, `"pong"`); {
		text = c.receive(t)
	}
	s.awaitOpen(t, 1, 0)
	require.NoError(t, c.Close(websocket.StatusNormalClosure, ""))
	s.awaitOpen(t, 0, 0)
}

// TestPanicsOfSubscriptions: a fault ends the connection, or the request, and gives everything back.
func TestPanicsOfSubscriptions(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	s.mu.Lock()
	s.refuse = func() error { panic("fault") }
	s.mu.Unlock()
	c := s.openSocket(t)
	c.subscribe(t, "a", askFollowers)
	c.requireClosed(t, 4500, "Internal server error")
	require.Equal(t, http.StatusInternalServerError, s.openBody(t, "text/event-stream", askFollowers).StatusCode)
	s.awaitOpen(t, 0, 0)
	require.Contains(t, s.logs.String(), "panic in a WebSocket")

	s.mu.Lock()
	s.refuse = nil
	s.mu.Unlock()
	c = s.openSocket(t)
	c.subscribe(t, "a", askFollowers)
	events := s.next(t)
	events.mu.Lock()
	events.queue = []*graph.Payload{nil, nil} // which Next must not return
	events.err = errors.New("secret")
	events.mu.Unlock()
	events.wake()
	c.send(t, `{"type":"ping"}`)
	require.JSONEq(t, `{"type":"pong"}`, c.receive(t))
	events.mu.Lock()
	events.queue = nil
	events.mu.Unlock()
	events.wake()
	text := c.receive(t)
	require.Contains(t, text, "INTERNAL_SERVER_ERROR")
	require.NotContains(t, text, "secret")
	events.requireClosed(t)
}

// TestCompleteWhileTheEventIsExecuted: an event that was asked for before complete is not sent after it.
func TestCompleteWhileTheEventIsExecuted(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	c.subscribe(t, "a", askFollowers)
	events := s.next(t)
	release := make(chan struct{})
	events.mu.Lock()
	events.block = release
	events.mu.Unlock()
	events.send(`{"n":1}`, "1")
	c.send(t, `{"id":"a","type":"complete"}`)
	events.requireClosed(t)
	close(release)
	c.subscribe(t, "a", askFollowers)
	s.next(t).send(`{"n":2}`, "2")
	require.Contains(t, c.receive(t), `"n":2`)
}

// TestClientsThatLeave: connections that end in every way give everything back.
func TestClientsThatLeave(t *testing.T) {
	checkLeaks(t)
	s := newStreamServer(t, nil)
	var wait sync.WaitGroup
	for i := range 60 {
		wait.Go(func() {
			switch c := s.openSocket(t); i % 3 {
			case 0:
				c.subscribe(t, "a", askFollowers)
				_ = c.CloseNow()
			case 1:
				c.subscribe(t, "a", askFollowers)
				_ = c.Close(websocket.StatusGoingAway, "")
			default:
				_ = c.CloseNow()
			}
			b := s.openBody(t, []string{"text/event-stream", apolloAccept}[i%2], askFollowers)
			_ = b.Body.Close()
		})
	}
	wait.Wait()
	s.awaitOpen(t, 0, 0)
	require.Eventually(t, func() bool {
		for {
			select {
			case events := <-s.begun:
				events.requireClosed(t)
			default:
				return true
			}
		}
	}, anyWait, time.Millisecond)
}

// TestManyClientsOfOneEvent sends one event to many connections.
func TestManyClientsOfOneEvent(t *testing.T) {
	checkLeaks(t)
	s := newStreamServer(t, nil)
	const many = 300
	clients := make([]socketClient, many)
	for i := range clients {
		clients[i] = s.openSocket(t)
		clients[i].subscribe(t, "a", askFollowers)
	}
	for range many {
		events := s.next(t)
		events.send(`{"n":1}`, "1")
	}
	for _, c := range clients {
		require.Contains(t, c.receive(t), `"n":1`)
	}
}
