package social

import (
	"context"
	"errors"
	"fmt"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// The bounds of what a client may ask for.
const (
	MaxFollows     = 100 // users to follow at once
	MaxSuggestions = 100
)

// FollowUser has the caller follow a user. The users of the payload are named only: whoever answers looks them up, after
// the change.
func (s *Service) FollowUser(ctx context.Context, input model.FollowUserInput) (*model.FollowUserPayload, error) {
	caller, err := follower(ctx)
	if err != nil {
		return nil, err
	}
	id, err := parseFollowable(caller, "userId", input.UserID)
	if err != nil {
		return nil, err
	}
	change, err := s.follows.Follow(ctx, model.FollowKey{FollowerID: caller, FollowingID: id})
	if err != nil {
		return nil, err
	}
	return &model.FollowUserPayload{
		ClientMutationID: input.ClientMutationID,
		User:             userWithID(id),
		Viewer:           userWithID(caller),
		Changed:          change.Changed,
		FollowedAt:       followedAt(change),
	}, nil
}

// FollowUsers has the caller follow several users, with a result for each. What is wrong with one of them is an error in
// its result; what is wrong with the caller or with us fails them all.
func (s *Service) FollowUsers(ctx context.Context, input model.FollowUsersInput) (*model.FollowUsersPayload, error) {
	caller, err := follower(ctx)
	if err != nil {
		return nil, err
	}
	if n := len(input.UserIds); n < 1 || n > MaxFollows {
		return nil, apperr.Input("userIds", "userIds takes 1 to %d ids, not %d", MaxFollows, n)
	}
	results := make([]model.FollowUserResult, len(input.UserIds))
	var keys []model.FollowKey
	var indexes []int // of the keys among the results
	for i, globalID := range input.UserIds {
		results[i].UserID = globalID
		cognitoID, err := parseFollowable(caller, fmt.Sprintf("userIds[%d]", i), globalID)
		if err != nil {
			results[i].Error = followError(err)
			continue
		}
		keys, indexes = append(keys, model.FollowKey{FollowerID: caller, FollowingID: cognitoID}), append(indexes, i)
	}
	for n, outcome := range s.follows.FollowAll(ctx, keys) {
		result := &results[indexes[n]]
		if outcome.Err == nil {
			result.User = userWithID(keys[n].FollowingID)
			result.Changed, result.FollowedAt = outcome.Changed, followedAt(outcome.FollowChange)
		} else if result.Error = followError(outcome.Err); result.Error == nil {
			return nil, outcome.Err
		}
	}
	return &model.FollowUsersPayload{ClientMutationID: input.ClientMutationID, Results: results, Viewer: userWithID(caller)}, nil
}

// followError is what is wrong with one of several users to follow, nil where something else is.
func followError(err error) *model.FollowError {
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != apperr.BadUserInput && e.Code != apperr.NotFound {
		return nil
	}
	return &model.FollowError{Code: string(e.Code), Message: e.Message}
}

// UnfollowUser has the caller follow a user no longer. The user need not have an account.
func (s *Service) UnfollowUser(ctx context.Context, input model.UnfollowUserInput) (*model.UnfollowUserPayload, error) {
	caller, user, err := callerAndUser(ctx, input.UserID)
	if err != nil {
		return nil, err
	}
	change, err := s.follows.Unfollow(ctx, model.FollowKey{FollowerID: caller, FollowingID: user})
	if err != nil {
		return nil, err
	}
	return &model.UnfollowUserPayload{
		ClientMutationID: input.ClientMutationID,
		User:             userWithID(user),
		Viewer:           userWithID(caller),
		Changed:          change.Changed,
		FollowedAt:       followedAt(change),
	}, nil
}

// RemoveFollower has a user follow the caller no longer. The user need not have an account.
func (s *Service) RemoveFollower(ctx context.Context, input model.RemoveFollowerInput) (*model.RemoveFollowerPayload, error) {
	caller, user, err := callerAndUser(ctx, input.UserID)
	if err != nil {
		return nil, err
	}
	change, err := s.follows.Unfollow(ctx, model.FollowKey{FollowerID: user, FollowingID: caller})
	if err != nil {
		return nil, err
	}
	return &model.RemoveFollowerPayload{
		ClientMutationID: input.ClientMutationID,
		User:             userWithID(user),
		Viewer:           userWithID(caller),
		Changed:          change.Changed,
		FollowedAt:       followedAt(change),
	}, nil
}

// pair is the Cognito ids of the caller, who must have an account, and of the user whom a mutation is about.
func callerAndUser(ctx context.Context, userID string) (caller, user string, err error) {
	if caller, err = follower(ctx); err == nil {
		user, err = globalid.ParseUser("userId", userID)
	}
	return caller, user, err
}

// Relations tells how each user and the caller stand to each other, in one statement at most: none for a caller without
// an account, and for the caller themself.
func (s *Service) Relations(ctx context.Context, cognitoIDs []string) ([]model.Relation, error) {
	relations := make([]model.Relation, len(cognitoIDs))
	caller := viewer.From(ctx)
	if !caller.Registered {
		return relations, nil
	}
	var others []string
	var indexes []int // of the others among the users
	for i, id := range cognitoIDs {
		if !caller.Is(id) {
			others, indexes = append(others, id), append(indexes, i)
		}
	}
	if len(others) == 0 {
		return relations, nil
	}
	rows, err := s.graph.Relations(ctx, caller.CognitoID, others)
	if err != nil {
		return nil, err
	}
	for n, i := range indexes {
		relations[i] = rows[n]
	}
	return relations, nil
}

// Suggestions ranks whom a user might follow, first of them at most. They are nil for everybody but the user and
// operators: whom one follows is public, but not what follows from it.
func (s *Service) Suggestions(ctx context.Context, cognitoID string, first int) ([]model.SuggestionRank, error) {
	if first < 1 || first > MaxSuggestions {
		return nil, apperr.Input("first", "first must be from 1 to %d, not %d", MaxSuggestions, first)
	}
	caller := viewer.From(ctx)
	if !maySeePrivate(caller, cognitoID) {
		return nil, nil
	}
	ranks, err := s.graph.Suggestions(ctx, cognitoID, first)
	if err != nil {
		return nil, err
	}
	if !caller.Is(cognitoID) {
		reportPrivateRead(ctx, caller, []string{cognitoID})
	}
	if ranks == nil {
		ranks = []model.SuggestionRank{} // nobody to suggest, which is not the nil of the others
	}
	return ranks, nil
}

// follower is the caller of a mutation of follows, who must have an account.
func follower(ctx context.Context) (cognitoID string, err error) {
	caller, err := registeredCaller(ctx)
	return caller.CognitoID, err
}

// followable reads the global id of a user whom the caller wants to follow.
func parseFollowable(caller, field, id string) (cognitoID string, err error) {
	cognitoID, err = globalid.ParseUser(field, id)
	if err == nil && cognitoID == caller {
		err = apperr.Input(field, "you cannot follow yourself")
	}
	return cognitoID, err
}

// named is a user of whom only the id is known so far.
func userWithID(cognitoID string) *model.User { return &model.User{CognitoID: cognitoID} }

// followedAt is when a follow began, nil where there was none.
func followedAt(change model.FollowChange) *time.Time {
	if change.FollowedAt.IsZero() {
		return nil
	}
	return &change.FollowedAt
}

// MayFollow tells whether a caller may follow a user: has an account, and is somebody else.
func MayFollow(caller viewer.Viewer, cognitoID string) bool {
	return caller.Registered && caller.CognitoID != cognitoID
}
