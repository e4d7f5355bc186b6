package httpserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/live"
	"followgraph/internal/viewer"
)

const (
	askFollowers = `subscription { followersChanged(userId: "VXNlcjo4YzBlNGExZQ") { changes { kind } } }`
	anyWait      = 10 * time.Second // more than any step of a test takes
)

// scriptedEvents is a subscription whose events the test decides.
type scriptedEvents struct {
	after  string
	caller viewer.Viewer
	wake   func()

	mu     sync.Mutex
	queue  []*graph.Payload
	err    error
	sent   int
	closed chan struct{}
	block  chan struct{} // if it is set, Next waits until it is closed
}

func (e *scriptedEvents) Next(ctx context.Context) (*graph.Payload, error) {
	e.mu.Lock()
	block := e.block
	e.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 {
		return nil, e.err
	}
	next := e.queue[0]
	e.queue = e.queue[1:]
	e.sent++
	return next, nil
}

func (e *scriptedEvents) Position() string { return "1.1.0000000000000001" }

func (e *scriptedEvents) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.closed:
	default:
		close(e.closed)
	}
}

// send makes an event with some data.
func (e *scriptedEvents) send(data, position string) {
	body := `{"data":` + data + `,"extensions":{"position":"` + position + `"}}`
	e.mu.Lock()
	e.queue = append(e.queue, &graph.Payload{Body: []byte(body), Position: position})
	e.mu.Unlock()
	e.wake()
}

// fail ends the subscription.
func (e *scriptedEvents) fail(err error) {
	e.mu.Lock()
	e.err = err
	e.mu.Unlock()
	e.wake()
}

func (e *scriptedEvents) requireClosed(t *testing.T) {
	t.Helper()
	select {
	case <-e.closed:
	case <-time.After(anyWait):
		require.Fail(t, "the subscription is still open")
	}
}

// streamServer is a server whose subscriptions the test decides.
type streamServer struct {
	address string
	streams *Streams
	begun   chan *scriptedEvents
	refuse  func() error // error of the next subscriptions; nil: none
	stop    func()
	ended   chan error

	mu    sync.Mutex
	calls map[string]Session // by token; the others are those of authenticate
	logs  *lockedBuffer
}

// newStreamServer runs a server until the test ends.
func newStreamServer(t *testing.T, change func(*Options)) *streamServer {
	t.Helper()
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	return newStreamServerOn(t, listener, change)
}

func newStreamServerOn(t *testing.T, listener net.Listener, change func(*Options)) *streamServer {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &streamServer{
		address: listener.Addr().String(), begun: make(chan *scriptedEvents, 100_000), stop: stop, ended: make(chan error, 1),
		calls: map[string]Session{}, logs: &lockedBuffer{},
	}
	var options Options
	newHandler(func(o *Options) { options = *o })
	options = withTimeouts(options)
	options.ShutdownTimeout = anyWait
	options.Log = slog.New(slog.NewJSONHandler(s.logs, nil))
	options.Connections = 4096
	options.Streams = NewStreams(StreamOptions{})
	options.Identify = s.identify
	options.Live = &graph.Live{Hub: live.New(live.Options{})} // otherwise subscriptions are refused
	options.subscribe = s.subscribe
	if change != nil {
		change(&options)
	}
	s.streams = options.Streams
	go func() { s.ended <- Serve(ctx, listener, options) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-s.ended:
			require.NoError(t, err)
		case <-time.After(2 * anyWait):
			require.Fail(t, "the server does not stop")
		}
		require.Empty(t, s.streams.all())
		s.awaitOpen(t, 0, 0) // an operation may be about to begin
		require.Zero(t, s.streams.limits.Load().Connections)
		require.Empty(t, s.streams.guards)
	})
	return s
}

func (s *streamServer) subscribe(ctx context.Context, _ *graph.Operation, after string, wake func()) (eventStream, error) {
	s.mu.Lock()
	refuse := s.refuse
	s.mu.Unlock()
	if refuse != nil {
		return nil, refuse()
	}
	events := &scriptedEvents{after: after, caller: viewer.From(ctx), wake: wake, closed: make(chan struct{})}
	s.begun <- events
	return events, nil
}

// identify returns the session that the test has set for a token, or one of authenticate.
func (s *streamServer) identify(ctx context.Context, token string) (Session, error) {
	s.mu.Lock()
	known, ok := s.calls[token]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	_, err := authenticate(ctx, token)
	return Session{Caller: func(ctx context.Context) (viewer.Viewer, error) { return authenticate(ctx, token) }}, err
}

// next returns the next subscription that begins.
func (s *streamServer) next(t *testing.T) *scriptedEvents {
	t.Helper()
	select {
	case events := <-s.begun:
		return events
	case <-time.After(anyWait):
		require.Fail(t, "no subscription begins")
		return nil
	}
}

// awaitOpen waits until a number of connections is open.
func (s *streamServer) awaitOpen(t *testing.T, connections, subscriptions int) {
	t.Helper()
	is := func() bool {
		load := s.streams.Load()
		return load.Open == connections && load.Subscriptions == subscriptions
	}
	if !assert.Eventually(t, is, anyWait, time.Millisecond) {
		require.Fail(t, "wrong load", "%d connections and %d subscriptions are wanted: %+v", connections, subscriptions, s.streams.Load())
	}
}

// lockedBuffer is a log.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// socketClient is a client of graphql-transport-ws.
type socketClient struct{ *websocket.Conn }

// dialSocket opens a WebSocket without connection_init. headers are pairs of names and values.
func (s *streamServer) dialSocket(t *testing.T, headers ...string) socketClient {
	t.Helper()
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	conn, _, err := websocket.Dial(t.Context(), "ws://"+s.address+"/graphql", &websocket.DialOptions{ //nolint:bodyclose // it has none
		Subprotocols: []string{subprotocol}, HTTPHeader: header,
	})
	require.NoError(t, err)
	conn.SetReadLimit(16 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return socketClient{conn}
}

// openSocket opens a WebSocket that is acknowledged.
func (s *streamServer) openSocket(t *testing.T, headers ...string) socketClient {
	t.Helper()
	c := s.dialSocket(t, headers...)
	c.send(t, `{"type":"connection_init"}`)
	require.JSONEq(t, `{"type":"connection_ack"}`, c.receive(t))
	return c
}

func (c socketClient) send(t *testing.T, message string) {
	t.Helper()
	require.NoError(t, c.Write(t.Context(), websocket.MessageText, []byte(message)))
}

func (c socketClient) subscribe(t *testing.T, id, query string) {
	t.Helper()
	c.send(t, subscribeMessage(id, map[string]any{"query": query}))
}

func subscribeMessage(id string, payload any) string {
	text, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": payload})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (c socketClient) receive(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), anyWait)
	defer cancel()
	kind, text, err := c.Read(ctx)
	require.NoError(t, err)
	require.Equal(t, websocket.MessageText, kind)
	return string(text)
}

// requireClosed reads until the server closes the connection, with a code and a reason.
func (c socketClient) requireClosed(t *testing.T, code closeCode, reason string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), anyWait)
	defer cancel()
	for {
		_, text, err := c.Read(ctx)
		if err == nil {
			t.Logf("received %s", text)
			continue
		}
		var closed websocket.CloseError
		require.ErrorAs(t, err, &closed)
		require.Equal(t, int(code), int(closed.Code), closed.Reason)
		require.Contains(t, closed.Reason, reason)
		return
	}
}

// requireError reads the message error of an operation.
func (c socketClient) requireError(t *testing.T, id string, code apperr.Code) {
	t.Helper()
	var message struct {
		ID, Type string
		Payload  []struct{ Extensions struct{ Code apperr.Code } }
	}
	text := c.receive(t)
	require.NoError(t, json.Unmarshal([]byte(text), &message), text)
	require.Equal(t, id, message.ID, text)
	require.Equal(t, "error", message.Type, text)
	require.NotEmpty(t, message.Payload, text)
	require.Equal(t, code, message.Payload[0].Extensions.Code, text)
}

// bodyClient is a client of a response with many results.
type bodyClient struct {
	*http.Response
	lines *bufio.Reader
}

// openBody sends a request for a subscription. headers are pairs of names and values.
func (s *streamServer) openBody(t *testing.T, accept, query string, headers ...string) bodyClient {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query})
	require.NoError(t, err)
	return s.do(t, http.MethodPost, "/graphql", string(body), append([]string{"Accept", accept, "Content-Type", "application/json"}, headers...)...)
}

func (s *streamServer) do(t *testing.T, method, target, body string, headers ...string) bodyClient {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.address+target, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return bodyClient{response, bufio.NewReader(response.Body)}
}

// event reads the next server-sent event, with the keep-alives before it.
func (c bodyClient) event(t *testing.T) map[string]string {
	t.Helper()
	event := map[string]string{}
	for {
		line, err := c.lines.ReadString('\n')
		require.NoError(t, err, "%v", event)
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			if _, ok := event["data"]; ok || event["retry"] != "" {
				return event
			}
			event["id only"] = event["id"]
			delete(event, "id")
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		if name != "" {
			_, known := event[name]
			require.False(t, known, line)
			event[name] = strings.TrimPrefix(value, " ")
		}
	}
}

// part reads the next part of a multipart body, after its delimiter, and the delimiter after it. last is whether the
// body ends with it.
func (c bodyClient) part(t *testing.T) (text string, last bool) {
	t.Helper()
	for _, want := range []string{"\r\n", "Content-Type: application/json\r\n", "\r\n"} {
		line, err := c.lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	text, err := c.lines.ReadString('\n')
	require.NoError(t, err)
	delimiter := make([]byte, len("--graphql"))
	_, err = io.ReadFull(c.lines, delimiter)
	require.NoError(t, err)
	require.Equal(t, "--graphql", string(delimiter))
	if c.lines.Buffered() >= 2 {
		next, _ := c.lines.Peek(2)
		last = string(next) == "--"
	}
	return strings.TrimSuffix(text, "\r\n"), last
}

// requireEnd checks that the body ends here.
func (c bodyClient) requireEnd(t *testing.T) {
	t.Helper()
	rest, err := io.ReadAll(c.lines)
	require.NoError(t, err)
	require.Empty(t, string(rest))
}

// httpGet returns the request of a browser's EventSource.
func eventSourceTarget(query string) string {
	return "/graphql?query=" + strings.NewReplacer(" ", "%20", `"`, "%22", "{", "%7B", "}", "%7D").Replace(query)
}

func numbered(prefix string, i int) string { return prefix + strconv.Itoa(i) }
