package graph

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph/operation"
	"followgraph/internal/apperr"
	"followgraph/internal/commit"
	"followgraph/internal/limit"
	"followgraph/internal/live"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// Payload is the response to one event of a subscription. Callers that ask the same share it.
type Payload struct {
	Body     []byte // the whole response in JSON, with extensions.position; it must not be changed
	Position string // the position of the event, for Subscribe
}

// Stream is a subscription of one caller. One goroutine at a time calls Next. The other methods may be called at any
// time.
type Stream struct {
	group        *group
	subscription *live.Subscription
	caller       limit.Caller

	mu     sync.Mutex
	wake   func()
	timer  *time.Timer // calls wake when the caller can pay for the next event
	closed bool
}

// Subscribe begins a subscription that was prepared without errors. ctx has the caller; it is not kept beyond that. after
// is the position after which events are sent, empty for the current one.
//
// wake is called when Next may have something: from any goroutine, also while Subscribe runs, and more often than
// necessary. It must not block, and must not call the stream. Next must be called once after Subscribe, and again
// after each wake, until it returns nothing.
//
// Refuse words the error for the client.
func (s *Server) Subscribe(ctx context.Context, op *Operation, after string, wake func()) (*Stream, error) {
	if s.subscriptions == nil {
		return nil, operation.ErrSubscriptionsNotSupported
	}
	var position commit.Position
	if after != "" {
		var err error
		if position, err = commit.Parse(after); err != nil {
			return nil, apperr.New(apperr.BadRequest, "the position is malformed: %s", err)
		}
	}
	asked, err := subscriptionOf(ctx, op.op)
	if err != nil {
		return nil, err
	}
	stream := &Stream{caller: operation.CallerOf(viewer.From(ctx)), wake: wake}
	if stream.subscription, err = s.subscriptions.hub.Subscribe(asked.Topic, position, wake); err != nil {
		return nil, liveError(err)
	}
	// After the subscription began, so that it has an event if one of the users is deleted from here on. The users of a
	// subscription that continues may be deleted already: it has the event.
	if position.IsZero() {
		if err := s.service.RequireUsers(ctx, asked); err != nil {
			stream.subscription.Close()
			return nil, err
		}
	}
	stream.group = s.subscriptions.join(ctx, op.op, asked.Topic)
	return stream, nil
}

// liveError returns the error of a subscription for the client.
func liveError(err error) error {
	switch {
	case errors.Is(err, live.ErrGap):
		return apperr.Wrap(apperr.PositionExpired, err,
			"the changes after the position are not known anymore: read the data again, then subscribe without a position")
	case errors.Is(err, live.ErrUnavailable):
		loading := apperr.New(apperr.Unavailable,
			"subscriptions need the graph in memory (--graph), and it is not in memory at present: try again later")
		loading.RetryAfter = loadingRetry
		return loading
	default:
		return err
	}
}

// loadingRetry is when a client tries again to subscribe while the graph is being loaded.
const loadingRetry = 2 * time.Second

// Next returns the next event, and never the same again. It does not wait for events: it returns nil if there is none,
// and while the caller's budget does not allow one. It may wait until an event is executed, by this or another stream
// that asks the same. An error ends the stream; Refuse words it for the client.
//
// The response to an event may have errors of its fields, as that to a query.
func (s *Stream) Next(ctx context.Context) (*Payload, error) {
	event, err := s.subscription.Next()
	if event == nil || err != nil {
		return nil, liveError(err)
	}
	payload, wait, err := s.group.payload(ctx, event, s.caller)
	switch {
	case err != nil:
		return nil, err
	case wait > 0:
		s.wakeAfter(wait)
		return nil, nil
	}
	s.subscription.Advance(event)
	return payload, nil
}

// minWait is the minimum time between two attempts to pay for an event.
const minWait = 50 * time.Millisecond

// wakeAfter calls wake after some time, unless the stream is closed by then.
func (s *Stream) wakeAfter(wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch wait = max(wait, minWait); {
	case s.closed:
	case s.timer == nil:
		s.timer = time.AfterFunc(wait, s.wake)
	default:
		s.timer.Reset(wait)
	}
}

// Position returns a position up to which Next has returned all events: a stream that begins with it continues without a
// gap. While nothing happens, it moves on. It is empty after the stream has ended.
func (s *Stream) Position() string {
	if at := s.subscription.Position(); !at.IsZero() {
		return at.String()
	}
	return ""
}

// Close ends the stream. It may be called more than once.
func (s *Stream) Close() {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	if !closed {
		s.subscription.Close()
		s.group.leave()
	}
}

// subscriptionOf returns what an operation subscribes to.
func subscriptionOf(ctx context.Context, op *graphql.OperationContext) (*social.Subscription, error) {
	var ec executionContext
	field := operation.SubscriptionField(op)
	given := field.ArgumentMap(op.Variables)
	switch field.Name {
	case "statsChanged":
		args, err := ec.field_Subscription_statsChanged_args(ctx, given)
		if err != nil {
			return nil, err
		}
		return social.StatsSubscription(args["userIds"].([]string))
	case "followersChanged":
		args, err := ec.field_Subscription_followersChanged_args(ctx, given)
		if err != nil {
			return nil, err
		}
		return social.FollowersSubscription(args["userId"].(string))
	case "relationsChanged":
		args, err := ec.field_Subscription_relationsChanged_args(ctx, given)
		if err != nil {
			return nil, err
		}
		return social.RelationsSubscription(ctx, args["userIds"].([]string))
	case "followersGained":
		return social.GainedSubscription(ctx)
	default:
		return nil, fmt.Errorf("the subscription %q has no topic", field.Name)
	}
}
