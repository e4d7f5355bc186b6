package httpserver

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
)

// advancingEvents is a subscription whose position is that of an event from the moment that Next has taken it.
type advancingEvents struct {
	eventStream
	position chan string   // holds the current one
	taken    chan struct{} // closed when an event was taken
	release  chan struct{} // Next returns the event when it is closed
}

func (e *advancingEvents) Next(context.Context) (*graph.Payload, error) {
	select {
	case <-e.taken:
		return nil, nil
	default:
	}
	<-e.position
	e.position <- "2"
	close(e.taken)
	<-e.release
	return &graph.Payload{Body: []byte(`{"data":1}`), Position: "2"}, nil
}

func (e *advancingEvents) Position() string {
	position := <-e.position
	e.position <- position
	return position
}

// TestKeepAliveDoesNotPassAnEvent: a keep-alive never tells a client the position of an event that was not sent yet: a
// client that resumed there would lose the event.
func TestKeepAliveDoesNotPassAnEvent(t *testing.T) {
	t.Parallel()
	events := &advancingEvents{position: make(chan string, 1), taken: make(chan struct{}), release: make(chan struct{})}
	events.position <- "1"
	s := newStreamServer(t, func(o *Options) {
		o.Streams = NewStreams(StreamOptions{KeepAlive: 10 * time.Millisecond})
		scripted := o.subscribe
		o.subscribe = func(ctx context.Context, op *graph.Operation, after string, wake func()) (eventStream, error) {
			inner, err := scripted(ctx, op, after, wake)
			events.eventStream = inner
			return events, err
		}
	})
	c := s.openBody(t, "text/event-stream", askFollowers)
	<-events.taken
	ids := func(keepAlives int) (ids []string) {
		for keepAlives > 0 {
			line, err := c.lines.ReadString('\n')
			require.NoError(t, err)
			if id, ok := strings.CutPrefix(line, "id: "); ok {
				ids = append(ids, strings.TrimSpace(id))
			}
			if strings.HasPrefix(line, "data:") {
				ids = append(ids, "event")
			}
			if line == ":\n" {
				keepAlives--
			}
		}
		return ids
	}
	require.NotContains(t, ids(10), "2")
	close(events.release)
	for seen := []string(nil); len(seen) < 3; {
		seen = append(seen, ids(1)...)
		if len(seen) >= 3 {
			require.Equal(t, []string{"2", "event", "2"}, seen[:3], "the position of the event, and of the next keep-alive")
		}
	}
}
