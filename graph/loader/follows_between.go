package loader

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/social"
)

// FollowsBetween loads the follows of users in one list by users in another. Both lists have global ids.
func (l *Loaders) FollowsBetween(ctx context.Context, followerIDs, followingIDs []string) ([]model.Follow, error) {
	defer l.dispatcher.settle(1)
	key, ok, err := social.FollowsBetweenKey(followerIDs, followingIDs)
	if err != nil || !ok {
		return nil, err
	}
	loaded, err := l.follows.load(ctx, 1, &key)
	if err != nil {
		return nil, err
	}
	return loaded[0], nil
}
