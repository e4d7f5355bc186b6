package httpserver

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	checkLeaks(t)
	s := newStreamServer(t, nil)
	subscribed, idle, fresh := s.openSocket(t), s.openSocket(t), s.dialSocket(t)
	subscribed.subscribe(t, "a", askFollowers)
	s.next(t)
	sse := s.openBody(t, "text/event-stream", askFollowers)
	s.next(t)
	parts := s.openBody(t, apolloAccept, askFollowers)
	s.next(t)
	s.awaitOpen(t, 5, 3)
	s.stop()
	var wait sync.WaitGroup
	for _, c := range []socketClient{subscribed, idle, fresh} {
		wait.Go(func() { c.requireClosed(t, 1012, "Service restart") })
	}
	wait.Wait()
	event := sse.event(t)
	require.NotContains(t, event, "event", "clients do not come again after complete")
	require.Regexp(t, `^[1-5]\d\d\d$`, event["retry"])
	sse.requireEnd(t)
	text, err := io.ReadAll(parts.lines)
	require.NoError(t, err)
	require.Contains(t, string(text), `"payload":null`)
	require.Contains(t, string(text), `"code":"UNAVAILABLE"`)
	require.Contains(t, string(text), `"retryAfter":`)
}

// TestOperationsEndBeforeTheServerStops: queries and mutations on a WebSocket are answered, as those by HTTP.
func TestOperationsEndBeforeTheServerStops(t *testing.T) {
	t.Parallel()
	store := newBlockingStore()
	s := newStreamServer(t, func(o *Options) {
		blocking := testOptions(store)
		o.Schema, o.Documents, o.Service = blocking.Schema, blocking.Documents, blocking.Service
	})
	c := s.openSocket(t)
	c.subscribe(t, "a", askUser)
	<-store.asked
	s.stop()
	require.Eventually(t, s.streams.isStopping, anyWait, time.Millisecond)
	close(store.found)
	require.Contains(t, c.receive(t), `"id":"a","type":"next"`)
	require.JSONEq(t, `{"id":"a","type":"complete"}`, c.receive(t))
	c.requireClosed(t, 1012, "Service restart")
}

// TestStuckReadersDoNotDelayTheStop: the server does not wait for clients that do not read.
func TestStuckReadersDoNotDelayTheStop(t *testing.T) {
	checkLeaks(t)
	s := newSmallServer(t, func(o *Options) { o.ShutdownTimeout = 200 * time.Millisecond })
	for _, text := range []string{
		rawUpgrade + rawFrame(`{"type":"connection_init"}`) + rawFrame(subscribeMessage("a", map[string]any{"query": askFollowers})),
		rawRequest("text/event-stream"),
	} {
		s.dialRaw(t, text)
		events := s.next(t)
		for range 500 {
			events.send(`"`+strings.Repeat("x", 64<<10)+`"`, "1")
		}
	}
	s.stop()
	require.Error(t, <-s.ended, "connections were cut off")
	s.ended <- nil
	s.awaitOpen(t, 0, 0)
}
