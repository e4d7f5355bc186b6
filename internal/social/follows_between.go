package social

import (
	"context"
	"slices"

	"followgraph/internal/model"
)

// FollowsBetweenKey returns the key of the follows from users of one list to users of another, each list with at most
// MaxNodes global ids. If a list is empty, there are no such follows and ok is false.
func FollowsBetweenKey(followerIDs, followingIDs []string) (key model.BetweenKey, ok bool, err error) {
	if key.Followers, err = distinct("followerIds", followerIDs); err != nil {
		return key, false, err
	}
	if key.Followings, err = distinct("followingIds", followingIDs); err != nil {
		return key, false, err
	}
	return key, len(followerIDs) > 0 && len(followingIDs) > 0, nil
}

// distinct returns the Cognito ids of an argument's global ids, sorted and without duplicates.
func distinct(argument string, ids []string) ([]string, error) {
	parsed, err := cognitoIDs(argument, ids, MaxNodes)
	slices.Sort(parsed)
	return slices.Compact(parsed), err
}

// FollowsBetween returns the follows of each key, in one statement.
func (s *Service) FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	return s.graph.FollowsBetween(ctx, keys)
}
