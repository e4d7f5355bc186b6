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

// The limits of what a client may request.
const (
	MaxFollows     = 100 // users per followUsers
	MaxSuggestions = 100
)

// FollowUser makes the caller follow a user. The users of the payload contain only their ids; the resolvers look them
// up after the change.
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

// FollowUsers makes the caller follow several users and returns a result for each. An error about one user is in that
// user's result; an error about the caller or the server fails the whole call.
func (s *Service) FollowUsers(ctx context.Context, input model.FollowUsersInput) (*model.FollowUsersPayload, error) {
	caller, err := follower(ctx)
	if err != nil {
		return nil, err
	}
	if n := len(input.UserIds); n < 1 || n > MaxFollows {
		return nil, apperr.Input("userIds", "userIds must have 1 to %d ids, not %d", MaxFollows, n)
	}
	results := make([]model.FollowUserResult, len(input.UserIds))
	var keys []model.FollowKey
	var indexes []int // of the keys in results
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

// followError returns the error about one of several users to follow, nil for any other error.
func followError(err error) *model.FollowError {
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != apperr.BadUserInput && e.Code != apperr.NotFound {
		return nil
	}
	return &model.FollowError{Code: string(e.Code), Message: e.Message}
}

// UnfollowUser ends the caller's follow of a user, who need not have an account.
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

// RemoveFollower ends a user's follow of the caller. The user need not have an account.
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

// callerAndUser returns the Cognito ids of the caller, who must have an account, and of the user that a mutation names.
func callerAndUser(ctx context.Context, userID string) (caller, user string, err error) {
	if caller, err = follower(ctx); err == nil {
		user, err = globalid.ParseUser("userId", userID)
	}
	return caller, user, err
}

// Relations returns for each user whether the caller follows them and whether they follow the caller. It takes one
// statement at most, and none if the caller has no account or is the only user.
func (s *Service) Relations(ctx context.Context, cognitoIDs []string) ([]model.Relation, error) {
	relations := make([]model.Relation, len(cognitoIDs))
	caller := viewer.From(ctx)
	if !caller.Registered {
		return relations, nil
	}
	var others []string
	var indexes []int // of the other users in relations
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

// Suggestions ranks at most first users that a user might follow. The result is nil unless the caller is that user or
// an operator: follows are public, but conclusions from them are not.
func (s *Service) Suggestions(ctx context.Context, cognitoID string, first int) ([]model.SuggestionRank, error) {
	if first < 0 || first > MaxSuggestions {
		return nil, apperr.Input("first", "first must be between 0 and %d, not %d", MaxSuggestions, first)
	}
	caller := viewer.From(ctx)
	switch {
	case !maySeePrivate(caller, cognitoID):
		return nil, nil
	case first == 0:
		return []model.SuggestionRank{}, nil
	}
	ranks, err := s.graph.Suggestions(ctx, cognitoID, first)
	if err != nil {
		return nil, err
	}
	if !caller.Is(cognitoID) {
		reportPrivateRead(ctx, caller, []string{cognitoID})
	}
	if ranks == nil {
		ranks = []model.SuggestionRank{} // no suggestions, unlike the nil for a caller who may not see them
	}
	return ranks, nil
}

// follower returns the id of a caller who writes follows and must have an account.
func follower(ctx context.Context) (cognitoID string, err error) {
	caller, err := registeredCaller(ctx)
	return caller.CognitoID, err
}

// parseFollowable parses the global id of a user that the caller wants to follow.
func parseFollowable(caller, field, id string) (cognitoID string, err error) {
	cognitoID, err = globalid.ParseUser(field, id)
	if err == nil && cognitoID == caller {
		err = apperr.Input(field, "you cannot follow yourself")
	}
	return cognitoID, err
}

// userWithID returns a user with only an id.
func userWithID(cognitoID string) *model.User { return &model.User{CognitoID: cognitoID} }

// followedAt returns when a follow began, nil if there was none.
func followedAt(change model.FollowChange) *time.Time {
	if change.FollowedAt.IsZero() {
		return nil
	}
	return &change.FollowedAt
}

// MayFollow reports whether a caller may follow a user: the caller has an account and is not that user.
func MayFollow(caller viewer.Viewer, cognitoID string) bool {
	return caller.Registered && caller.CognitoID != cognitoID
}
