package loader

import (
	"context"

	"followgraph/internal/live"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// UsersChange loads the users of an event about users.
func (l *Loaders) UsersChange(ctx context.Context, cognitoIDs []string, lookahead Lookahead) (*model.UsersChange, error) {
	defer l.dispatcher.settle(1)
	change := &model.UsersChange{}
	if len(cognitoIDs) == 0 {
		return change, nil
	}
	keys := make([]model.UserKey, len(cognitoIDs))
	for i, id := range cognitoIDs {
		keys[i] = lookahead.userKey(id)
	}
	users, err := l.users.load(ctx, 1, keys...)
	if err != nil {
		return nil, err
	}
	for i, user := range users {
		if user == nil {
			change.Deleted = append(change.Deleted, cognitoIDs[i])
			continue
		}
		change.Users = append(change.Users, user)
		l.dispatcher.expect(lookahead.Lookups)
	}
	return change, nil
}

// FollowersChange loads the users of an event about the followers of a user. owner and nodes are nil if the query does
// not select the user and the followers.
func (l *Loaders) FollowersChange(
	ctx context.Context, cognitoID string, changes []live.Change, owner, nodes *Lookahead,
) (*model.FollowersChange, error) {
	defer l.dispatcher.settle(1)
	user, edges, err := l.edges(ctx, cognitoID, changes, owner, nodes)
	if err != nil {
		return nil, err
	}
	change := &model.FollowersChange{User: user, Changes: make([]model.FollowerChange, len(edges))}
	for i, edge := range edges {
		change.Changes[i] = model.FollowerChange{Kind: model.FollowerChangeKindLost, Edge: edge}
		if changes[i].Added {
			change.Changes[i].Kind = model.FollowerChangeKindGained
		}
	}
	return change, nil
}

// FollowersGained loads the users of an event about the new followers of the caller, as FollowersChange does.
func (l *Loaders) FollowersGained(
	ctx context.Context, cognitoID string, changes []live.Change, owner, nodes *Lookahead,
) (*model.FollowersGained, error) {
	defer l.dispatcher.settle(1)
	user, edges, err := l.edges(ctx, cognitoID, changes, owner, nodes)
	if err != nil {
		return nil, err
	}
	return &model.FollowersGained{Viewer: user, Edges: edges}, nil
}

// edges returns the edges of changes in the list of a user's followers, and the user, in one batch.
func (l *Loaders) edges(
	ctx context.Context, cognitoID string, changes []live.Change, owner, nodes *Lookahead,
) (user *model.User, edges []model.Edge, err error) {
	edges = make([]model.Edge, len(changes))
	keys := make([]model.UserKey, 0, 1+len(changes))
	if owner != nil {
		keys = append(keys, owner.userKey(cognitoID))
	}
	for i, change := range changes {
		edges[i] = model.Edge{
			Position: page.Cursor{Kind: page.Followers, At: change.StartedAt.UnixMicro(), ID: change.ID},
			UserID:   change.Follower,
		}
		if nodes != nil {
			keys = append(keys, nodes.userKey(change.Follower))
		}
	}
	if len(keys) == 0 {
		return nil, edges, nil
	}
	users, err := l.users.load(ctx, 1, keys...)
	if err != nil {
		return nil, nil, err
	}
	if owner != nil {
		if user, users = users[0], users[1:]; user != nil {
			l.dispatcher.expect(owner.Lookups)
		}
	}
	for i, node := range users {
		if edges[i].Node = node; node != nil {
			l.dispatcher.expect(nodes.Lookups)
		}
	}
	return user, edges, nil
}
