package httpserver

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
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
