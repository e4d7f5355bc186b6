package graph

import (
	"context"

	"followgraph/internal/apperr"
)

// Payload is the response to one event of a subscription. Callers that ask the same share it.
type Payload struct {
	Body     []byte // the whole response in JSON, with extensions.position; it must not be changed
	Position string // the position of the event, for Subscribe
}

// Stream is a subscription of one caller. One goroutine at a time calls its methods, except Close.
type Stream struct{}

// Subscribe begins a subscription that was prepared without errors. ctx has the caller; it is not kept beyond that. after
// is the position after which events are sent, empty for the current one.
//
// wake is called when Next may have something: from any goroutine, also while Subscribe runs, and more often than
// necessary. It must not block, and must not call the stream. Next must be called once after Subscribe, and again
// after each wake, until it returns nothing.
//
// The error is for the client: it has a code of apperr.
func (s *Server) Subscribe(ctx context.Context, op *Operation, after string, wake func()) (*Stream, error) {
	_, _, _, _ = ctx, op, after, wake
	return nil, apperr.New(apperr.SubscriptionsNotSupported,
		"this server has no subscriptions: they need the graph in memory, and it runs with --graph=sql")
}

// Next returns the next event, and never the same again. It does not wait for events: it returns nil if there is none.
// It may wait until an event is executed, by this or another stream that asks the same. An error ends the stream; it is
// for the client, and has a code of apperr.
func (s *Stream) Next(ctx context.Context) (*Payload, error) {
	return nil, ctx.Err()
}

// Position returns the position after the last event that Next returned, or the one at which the stream began. A stream
// with this position continues without a gap.
func (s *Stream) Position() string { return "" }

// Close ends the stream. It may be called at any time and more than once.
func (s *Stream) Close() {}
