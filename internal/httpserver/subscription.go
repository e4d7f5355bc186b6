package httpserver

import (
	"context"

	"followgraph/graph"
)

// eventStream is an open subscription. graph.Stream is one, and describes the methods.
type eventStream interface {
	Next(ctx context.Context) (*graph.Payload, error)
	Position() string
	Close()
}

// subscriber begins a subscription that was prepared without errors, as graph.Server.Subscribe does.
type subscriber func(ctx context.Context, op *graph.Operation, after string, wake func()) (eventStream, error)

// subscriberOf returns the subscriber of a server.
func subscriberOf(server *graph.Server) subscriber {
	return func(ctx context.Context, op *graph.Operation, after string, wake func()) (eventStream, error) {
		stream, err := server.Subscribe(ctx, op, after, wake)
		if err != nil {
			return nil, err // a nil *graph.Stream in an interface would not be nil
		}
		return stream, nil
	}
}

// subscriptionWeight is how many bytes of a request count as one subscription. A subscription keeps its request and
// what is made of it in memory, so a longer one counts as several.
const subscriptionWeight = 2 << 10

// weightOfSubscription returns how many subscriptions a request counts as. size is the length of its text in bytes,
// without the text of a trusted document, which all callers share.
func weightOfSubscription(size int) int { return 1 + max(0, size-1)/subscriptionWeight }
