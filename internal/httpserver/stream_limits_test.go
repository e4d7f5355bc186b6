package httpserver

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

func TestStreamLimitsByHTTP(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) {
		o.Streams = NewStreams(StreamOptions{Limits: limit.StreamLimits{PerCaller: 2, Connections: 3}})
	})
	open := func(headers ...string) bodyClient {
		return s.openBody(t, "text/event-stream", askFollowers, headers...)
	}
	member := []string{"Authorization", "Bearer " + memberToken}
	require.Equal(t, http.StatusOK, open(member...).StatusCode)
	socket := s.openSocket(t, member...)
	socket.subscribe(t, "a", askFollowers)
	s.awaitOpen(t, 2, 2)
	refused := open(member...)
	require.Equal(t, http.StatusTooManyRequests, refused.StatusCode)
	require.Equal(t, "5", refused.Header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, open().StatusCode)
	require.Equal(t, http.StatusServiceUnavailable, open().StatusCode, "no connection may have a subscription any more")
	query := s.do(t, http.MethodPost, "/graphql", `{"query":"{ __typename }"}`, "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, query.StatusCode, "but requests have connections")
	socket.subscribe(t, "b", askUser)
	require.Contains(t, socket.receive(t), `"username":"ada"`)
}

// TestLargeSubscriptionsCountAsSeveral: a subscription keeps its request in memory.
func TestLargeSubscriptionsCountAsSeveral(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) {
		trust(t, map[string]string{"live": askFollowers + strings.Repeat(" ", 10_000)})(o)
	})
	c := s.openSocket(t)
	c.subscribe(t, "a", askFollowers+strings.Repeat(" ", 5*subscriptionWeight))
	s.awaitOpen(t, 1, 6)
	c.subscribe(t, "b", askFollowers)
	s.awaitOpen(t, 1, 7)
	c.send(t, `{"id":"a","type":"complete"}`)
	s.awaitOpen(t, 1, 1)
	c.send(t, subscribeMessage("c", map[string]any{"documentId": "live"}))
	s.awaitOpen(t, 1, 2)
	require.NoError(t, c.Close(websocket.StatusNormalClosure, ""))
}

// TestIdleSocketsMakeRoom: a WebSocket without an operation makes room for a new connection, and one with a
// subscription does not.
func TestIdleSocketsMakeRoom(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) { o.Connections = 10 })
	busy := s.openSocket(t)
	busy.subscribe(t, "a", askFollowers)
	events := s.next(t)
	first := s.openSocket(t)
	for range 20 {
		s.openSocket(t)
	}
	_, _, err := first.Read(t.Context())
	require.Error(t, err)
	events.send(`{"n":1}`, "1")
	require.Contains(t, busy.receive(t), `"n":1`)
}

// TestOperationsOnSocketsTakeSlots: queries on a WebSocket share the slots of those by HTTP.
func TestOperationsOnSocketsTakeSlots(t *testing.T) {
	t.Parallel()
	store := newBlockingStore()
	s := newStreamServer(t, func(o *Options) {
		blocking := testOptions(store)
		o.Schema, o.Documents, o.Service = blocking.Schema, blocking.Documents, blocking.Service
		o.Slots = NewSlots(SlotOptions{Queries: 1, Wait: 50 * time.Millisecond})
	})
	c := s.openSocket(t)
	c.subscribe(t, "a", askUser)
	<-store.asked
	c.subscribe(t, "b", askUser)
	c.requireError(t, "b", apperr.Overloaded)
	close(store.found)
	require.Contains(t, c.receive(t), `"id":"a"`)
}
