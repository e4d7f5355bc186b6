package social

import (
	"context"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/live"
	"followgraph/internal/model"
)

// Subscription is what a caller may subscribe to.
type Subscription struct {
	Topic live.Topic

	users    []string // Cognito ids in the order of the argument
	elements []string // the names of their elements in errors
}

// StatsSubscription returns the subscription to the counts of the users with these global ids, 1 to MaxNodes.
func StatsSubscription(ids []string) (*Subscription, error) {
	return subscriptionToUsers(live.Stats, ids)
}

// FollowersSubscription returns the subscription to the followers of the user with a global id.
func FollowersSubscription(id string) (*Subscription, error) {
	cognitoID, err := globalid.ParseUser("userId", id)
	if err != nil {
		return nil, err
	}
	users := []string{cognitoID}
	return &Subscription{
		Topic: live.Topic{Kind: live.Followers, Users: users}, elements: []string{"userId"}, users: users,
	}, nil
}

// RelationsSubscription returns the subscription to the follows between the caller and the users with these global ids,
// 1 to MaxNodes.
func RelationsSubscription(ctx context.Context, ids []string) (*Subscription, error) {
	caller, err := registeredCaller(ctx)
	if err != nil {
		return nil, err
	}
	s, err := subscriptionToUsers(live.Relations, ids)
	if err != nil {
		return nil, err
	}
	s.Topic.Viewer = caller.CognitoID
	return s, nil
}

// GainedSubscription returns the subscription to the new followers of the caller.
func GainedSubscription(ctx context.Context) (*Subscription, error) {
	caller, err := registeredCaller(ctx)
	if err != nil {
		return nil, err
	}
	return &Subscription{Topic: live.Topic{Kind: live.Gained, Viewer: caller.CognitoID}}, nil
}

func subscriptionToUsers(kind live.Kind, ids []string) (*Subscription, error) {
	const argument = "userIds"
	if len(ids) < 1 || len(ids) > MaxNodes {
		return nil, apperr.Input(argument, "%s must have 1 to %d ids, not %d", argument, MaxNodes, len(ids))
	}
	users, err := cognitoIDs(argument, ids, MaxNodes)
	if err != nil {
		return nil, err
	}
	s := &Subscription{users: users}
	s.Topic.Kind = kind
	if s.Topic.Users, err = distinct(argument, ids); err != nil {
		return nil, err
	}
	for i := range ids {
		s.elements = append(s.elements, element(argument, i))
	}
	return s, nil
}

// RequireUsers returns NOT_FOUND if a user of a subscription does not exist.
func (s *Service) RequireUsers(ctx context.Context, subscription *Subscription) error {
	if len(subscription.users) == 0 {
		return nil
	}
	keys := make([]model.UserKey, len(subscription.Topic.Users))
	for i, id := range subscription.Topic.Users {
		keys[i].CognitoID = id
	}
	users, err := s.graph.Users(ctx, keys)
	if err != nil {
		return err
	}
	exists := make(map[string]bool, len(users))
	for i, user := range users {
		exists[keys[i].CognitoID] = user != nil
	}
	for i, id := range subscription.users {
		if !exists[id] {
			missing := apperr.New(apperr.NotFound, "%s: no user has this id", subscription.elements[i])
			missing.Field = subscription.elements[i]
			return missing
		}
	}
	return nil
}
