package loader

import (
	"context"
	"slices"

	"followgraph/internal/model"
	"followgraph/internal/social"
)

// User loads a user by exactly one of a global id, a username and a Cognito id; nil where there is none.
func (l *Loaders) User(ctx context.Context, id, username, cognitoID *string, lookahead Lookahead) (*model.User, error) {
	defer l.dispatcher.settle(1)
	key, err := social.UserBy(id, username, cognitoID)
	if err != nil || key == (model.UserKey{}) {
		return nil, err
	}
	users, err := l.accounts(ctx, []model.UserKey{key}, lookahead)
	if err != nil {
		return nil, err
	}
	return users[0], nil
}

// Node loads an object by its global id, nil where there is none.
func (l *Loaders) Node(ctx context.Context, id string, lookahead Lookahead) (model.Node, error) {
	user, err := l.User(ctx, &id, nil, nil, lookahead)
	if user == nil {
		return nil, err
	}
	return user, nil
}

// Nodes loads objects by their global ids, nil in the place of an unknown one, and of a malformed one, whose error is in
// malformed in the same place; that is nil where there is none.
func (l *Loaders) Nodes(ctx context.Context, ids []string, lookahead Lookahead) (nodes []model.Node, malformed []error, err error) {
	defer l.dispatcher.settle(1)
	keys, malformed, err := social.Nodes(ids)
	if err != nil {
		return nil, nil, err
	}
	known := slices.DeleteFunc(slices.Clone(keys), func(key model.UserKey) bool { return key == model.UserKey{} })
	users := []*model.User{}
	if len(known) > 0 {
		if users, err = l.accounts(ctx, known, lookahead); err != nil {
			return nil, malformed, err
		}
	}
	nodes = make([]model.Node, len(keys))
	for i, key := range keys {
		if key == (model.UserKey{}) {
			continue
		}
		if users[0] != nil {
			nodes[i] = users[0]
		}
		users = users[1:]
	}
	return nodes, malformed, nil
}

// account is the key of a user for what is lookahead of it.
func (s Lookahead) account(cognitoID string) model.UserKey {
	return model.UserKey{CognitoID: cognitoID, Details: s.Details, Counts: s.Counts}
}

// accounts loads users and announces the lookups that the query makes for them.
func (l *Loaders) accounts(ctx context.Context, keys []model.UserKey, lookahead Lookahead) ([]*model.User, error) {
	for i := range keys {
		keys[i].Details, keys[i].Counts = lookahead.Details, lookahead.Counts
	}
	l.readAhead(keys, lookahead.Pages)
	users, err := l.users.load(ctx, 1, keys...)
	if err != nil {
		return nil, err
	}
	for _, user := range users {
		if user != nil {
			l.dispatcher.expect(lookahead.Lookups)
		}
	}
	return users, nil
}

// fetchUsers is the batch function of users. It fills in the pages that are read ahead.
func (l *Loaders) fetchUsers(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	ahead := l.connections.foreseen()
	if len(ahead) == 0 {
		return l.service.Users(ctx, keys)
	}
	users, connections, err := l.service.UsersAndConnections(ctx, keys, l.pages.full(ahead))
	l.connections.remember(ahead, connections)
	return users, err
}
