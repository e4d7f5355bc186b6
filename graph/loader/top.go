package loader

import (
	"context"
	"slices"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/social"
)

// topKey identifies the most followed users of a list, and what to read of them.
type topKey struct {
	model.TopKey
	projection model.Projection
}

// Top loads the most followed users in the followers or following of each user. kind selects which.
func (l *Loaders) Top(ctx context.Context, kind page.Kind, users []*model.User, first int, lookahead Lookahead) ([]*model.TopUsers, error) {
	defer l.dispatcher.settle(len(users))
	key, err := social.TopKey(kind, first)
	if err != nil {
		return nil, err
	}
	keys := make([]topKey, len(users))
	for i, user := range users {
		key.UserID = user.CognitoID
		keys[i] = topKey{key, lookahead.Projection}
	}
	loaded, err := l.tops.load(ctx, len(keys), keys...)
	if err != nil {
		return nil, err
	}
	found := 0
	for _, top := range loaded {
		found += len(top.Nodes)
	}
	l.dispatcher.expect(lookahead.Lookups * found)
	return loaded, nil
}

// fetchTops is the batch function of tops: it loads the ids, and then the users of all lists together.
func (l *Loaders) fetchTops(ctx context.Context, keys []topKey) ([]*model.TopUsers, error) {
	topKeys := make([]model.TopKey, len(keys))
	for i, key := range keys {
		topKeys[i] = key.TopKey
	}
	tops, err := l.service.Top(ctx, topKeys)
	if err != nil {
		return nil, err
	}
	lists := make([]idList, len(keys))
	for i, key := range keys {
		if key.projection.Users {
			lists[i] = idList{tops[i].CognitoIDs, key.projection}
		}
	}
	users, err := l.usersOfLists(ctx, lists)
	if err != nil {
		return nil, err
	}
	loaded := make([]*model.TopUsers, len(keys))
	for i := range keys {
		deleted := func(user *model.User) bool { return user == nil } // in the meantime
		loaded[i] = &model.TopUsers{Nodes: slices.DeleteFunc(users[i], deleted), Complete: tops[i].Complete}
	}
	return loaded, nil
}

// GraphTotals loads the size of the whole graph.
func (l *Loaders) GraphTotals(ctx context.Context) (*model.GraphTotals, error) {
	defer l.dispatcher.settle(1)
	loaded, err := l.totals.load(ctx, 1, struct{}{})
	if err != nil {
		return nil, err
	}
	return loaded[0], nil
}

// fetchTotals is the batch function of totals.
func (l *Loaders) fetchTotals(ctx context.Context, _ []struct{}) ([]*model.GraphTotals, error) {
	totals, err := l.service.GraphTotals(ctx)
	return []*model.GraphTotals{&totals}, err
}
