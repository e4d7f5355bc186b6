package loader

import (
	"context"
	"slices"

	"followgraph/internal/model"
	"followgraph/internal/social"
)

// User loads a user by exactly one of a global id, a username and a Cognito id. It returns nil if there is none.
func (l *Loaders) User(ctx context.Context, id, username, cognitoID *string, lookahead Lookahead) (*model.User, error) {
	defer l.dispatcher.settle(1)
	key, err := social.UserBy(id, username, cognitoID)
	if err != nil || key == (model.UserKey{}) {
		return nil, err
	}
	users, err := l.loadUsers(ctx, []model.UserKey{key}, lookahead)
	if err != nil {
		return nil, err
	}
	return users[0], nil
}

// Node loads an object by its global id. It returns nil if there is none.
func (l *Loaders) Node(ctx context.Context, id string, lookahead Lookahead) (model.Node, error) {
	user, err := l.User(ctx, &id, nil, nil, lookahead)
	if user == nil {
		return nil, err
	}
	return user, nil
}

// Nodes loads objects by their global ids. An object is nil if its id is unknown or malformed; malformed has the errors
// of malformed ids at the same indexes, and is nil if there are none.
func (l *Loaders) Nodes(ctx context.Context, ids []string, lookahead Lookahead) (nodes []model.Node, malformed []error, err error) {
	defer l.dispatcher.settle(1)
	keys, malformed, err := social.Nodes(ids)
	if err != nil {
		return nil, nil, err
	}
	known := slices.DeleteFunc(slices.Clone(keys), func(key model.UserKey) bool { return key == model.UserKey{} })
	users := []*model.User{}
	if len(known) > 0 {
		if users, err = l.loadUsers(ctx, known, lookahead); err != nil {
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

// userKey returns the key of a user with the columns that the query needs.
func (l Lookahead) userKey(cognitoID string) model.UserKey {
	return model.UserKey{CognitoID: cognitoID, Details: l.Details, Counts: l.Counts}
}

// loadUsers loads users and announces the lookups that the query makes for them.
func (l *Loaders) loadUsers(ctx context.Context, keys []model.UserKey, lookahead Lookahead) ([]*model.User, error) {
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

// fetchUsers is the batch function of users. It also loads the pages that are read ahead.
func (l *Loaders) fetchUsers(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	ahead := l.connections.foreseen()
	if len(ahead.keys) == 0 {
		return l.service.Users(ctx, keys)
	}
	users, connections, err := l.service.UsersAndConnections(ctx, keys, l.pages.full(ahead.keys))
	l.connections.remember(ahead, connections)
	return users, err
}

// idList is a list of users, and what to read of them.
type idList struct {
	ids        []string
	projection model.Projection
}

// usersOfLists loads the users of several lists together, for a batch function that has read their ids. Both reads are
// one lookup: a field may make only one, so that everything below the fields of a level is in the next wave. A user
// without an account is nil. No list is nil.
func (l *Loaders) usersOfLists(ctx context.Context, lists []idList) ([][]*model.User, error) {
	var keys []model.UserKey
	for _, list := range lists {
		for _, id := range list.ids {
			keys = append(keys, Lookahead{Projection: list.projection}.userKey(id))
		}
	}
	loaded, err := l.users.within(ctx, keys)
	if err != nil {
		return nil, err
	}
	users := make([][]*model.User, len(lists))
	for i, list := range lists {
		n := len(list.ids)
		users[i], loaded = loaded[:n:n], loaded[n:]
	}
	return users, nil
}
