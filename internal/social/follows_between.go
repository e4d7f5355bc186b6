package social

import (
	"context"
	"slices"

	"followgraph/internal/model"
)

// FollowsBetweenKey makes the key of the follows by which users of one list follow users of another, named by global ids, MaxNodes
// at most in each list. ok is false where a list is empty: there are none.
func FollowsBetweenKey(followerIDs, followingIDs []string) (key model.BetweenKey, ok bool, err error) {
	if key.Followers, err = distinct("followerIds", followerIDs); err != nil {
		return key, false, err
	}
	if key.Followings, err = distinct("followingIds", followingIDs); err != nil {
		return key, false, err
	}
	return key, len(followerIDs) > 0 && len(followingIDs) > 0, nil
}

// distinct is the Cognito ids in an argument's global ids, sorted and each once.
func distinct(argument string, ids []string) ([]string, error) {
	parsed, err := cognitoIDs(argument, ids)
	slices.Sort(parsed)
	return slices.Compact(parsed), err
}

// FollowsBetween reads the follows of each key, in one statement.
func (s *Service) FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	return s.graph.FollowsBetween(ctx, keys)
}
