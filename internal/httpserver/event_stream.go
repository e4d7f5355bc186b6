package httpserver

import (
	"bytes"
	"strconv"
	"time"

	"followgraph/internal/observe"
)

// eventStreamType is the media type of server-sent events ("HTML", 9.2 Server-sent events).
const eventStreamType = "text/event-stream"

// eventStreamFormat is GraphQL over server-sent events, in the mode of distinct connections (graphql-sse, PROTOCOL.md).
type eventStreamFormat struct{}

func (eventStreamFormat) transport() observe.Transport { return observe.EventStream }

func (eventStreamFormat) contentType() string { return eventStreamType + "; charset=utf-8" }

func (f eventStreamFormat) begin(body *bytes.Buffer, position string) { f.keepAlive(body, position) }

func (eventStreamFormat) next(body *bytes.Buffer, payload []byte, position string) {
	body.WriteString("event: next\n")
	if position != "" {
		body.WriteString("id: " + position + "\n")
	}
	body.WriteString("data: ")
	body.Write(payload)
	body.WriteString("\n\n")
}

// keepAlive writes a comment, and the position of the stream, so that a client that comes back after a long silence does
// not ask for changes that are not known any more. A message without data is not an event: it only sets the id.
func (eventStreamFormat) keepAlive(body *bytes.Buffer, position string) {
	if position != "" {
		body.WriteString("id: " + position + "\n")
	}
	body.WriteString(":\n\n")
}

func (f eventStreamFormat) fail(body *bytes.Buffer, response []byte) {
	f.next(body, response, "")
	f.complete(body)
}

// complete writes an event with empty data: browsers drop events without data.
func (eventStreamFormat) complete(body *bytes.Buffer) { body.WriteString("event: complete\ndata:\n\n") }

// restart ends the body without the event complete, so that clients connect again.
func (eventStreamFormat) restart(body *bytes.Buffer, after time.Duration, _ []byte) {
	body.WriteString("retry: " + strconv.FormatInt(after.Milliseconds(), 10) + "\n\n")
}
