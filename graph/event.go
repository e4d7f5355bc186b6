package graph

import (
	"context"
	"errors"

	"followgraph/graph/loader"
	"followgraph/internal/live"
	"followgraph/internal/model"
)

// A subscription does not run as one long operation. Each of its events is an execution of the document, with the event
// in the context: the resolver of the root field returns a channel with that one event.

// topicEvent is an event of a topic.
type topicEvent struct {
	*live.Event
	topic live.Topic
}

type eventKey struct{}

func withEvent(ctx context.Context, topic live.Topic, event *live.Event) context.Context {
	return context.WithValue(ctx, eventKey{}, &topicEvent{event, topic})
}

var errNoEvent = errors.New("a subscription runs with Server.Subscribe")

func eventOf(ctx context.Context) (*topicEvent, error) {
	if event, ok := ctx.Value(eventKey{}).(*topicEvent); ok {
		return event, nil
	}
	return nil, errNoEvent
}

// once returns a channel with one value, which is closed behind it.
func once[T any](value T, err error) (<-chan T, error) {
	if err != nil {
		return nil, err
	}
	values := make(chan T, 1)
	values <- value
	close(values)
	return values, nil
}

// usersChange returns the event at ctx for statsChanged and relationsChanged.
func usersChange(ctx context.Context) (*model.UsersChange, error) {
	event, err := eventOf(ctx)
	if err != nil {
		return nil, err
	}
	var lookahead loader.Lookahead
	if users := eventLookahead(ctx, "users"); users != nil {
		lookahead = *users
	}
	return loader.From(ctx).UsersChange(ctx, event.Users, lookahead)
}

// followersChange returns the event at ctx for followersChanged.
func followersChange(ctx context.Context) (*model.FollowersChange, error) {
	event, err := eventOf(ctx)
	if err != nil {
		return nil, err
	}
	return loader.From(ctx).FollowersChange(ctx, event.topic.Users[0], event.Changes, eventLookahead(ctx, "user"), eventLookahead(ctx, "changes"))
}

// followersGained returns the event at ctx for followersGained.
func followersGained(ctx context.Context) (*model.FollowersGained, error) {
	event, err := eventOf(ctx)
	if err != nil {
		return nil, err
	}
	return loader.From(ctx).FollowersGained(ctx, event.topic.Viewer, event.Changes, eventLookahead(ctx, "viewer"), eventLookahead(ctx, "edges"))
}
