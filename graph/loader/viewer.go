package loader

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// Viewer loads the account of the caller. It returns nil if there is none.
func (l *Loaders) Viewer(ctx context.Context, lookahead Lookahead) (*model.User, error) {
	defer l.dispatcher.settle(1)
	key, ok := social.ViewerKey(viewer.From(ctx))
	if !ok {
		return nil, nil
	}
	users, err := l.loadUsers(ctx, []model.UserKey{key}, lookahead)
	if err != nil {
		return nil, err
	}
	return users[0], nil
}

// Related loads the relation between the caller and each user, and returns one property of it.
func (l *Loaders) Related(ctx context.Context, users []*model.User, property func(model.Relation) bool) ([]bool, error) {
	defer l.dispatcher.settle(len(users))
	relations, err := l.relations.load(ctx, len(users), ids(users)...)
	if err != nil {
		return nil, err
	}
	values := make([]bool, len(users))
	for i, relation := range relations {
		values[i] = property(relation)
	}
	return values, nil
}

// FollowersYouKnow loads a page of the followers of each user that the caller also follows. The pages are empty if the
// caller has no account.
func (l *Loaders) FollowersYouKnow(ctx context.Context, users []*model.User, args page.Args, lookahead Lookahead) ([]*model.Connection, error) {
	defer l.dispatcher.settle(len(users))
	key, ok := social.FollowersYouKnowKey(viewer.From(ctx))
	if ok {
		return l.each(ctx, key, users, args, lookahead)
	}
	if _, err := page.Parse(key.Kind, args); err != nil {
		return nil, err
	}
	connections := make([]*model.Connection, len(users))
	for i := range connections {
		connections[i] = model.NewConnection(nil, page.Info{})
		connections[i].Total = new(0)
	}
	return connections, nil
}
