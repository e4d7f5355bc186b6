package loader

import (
	"context"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/social"
)

// Follows loads a page of the followers or following of each owner. kind selects which.
func (l *Loaders) Follows(ctx context.Context, kind page.Kind, owners []*model.User, args page.Args, lookahead Lookahead) ([]*model.FollowConnection, error) {
	defer l.dispatcher.settle(len(owners))
	loaded, err := l.each(ctx, model.ConnectionKey{Kind: kind}, owners, args, lookahead)
	if err != nil {
		return nil, err
	}
	connections := make([]*model.FollowConnection, len(owners))
	all := make([]model.FollowConnection, len(owners)) // one allocation
	for i, owner := range owners {
		all[i] = model.FollowConnection{Connection: loaded[i], Owner: owner, Kind: kind}
		connections[i] = &all[i]
	}
	return connections, nil
}

// Friends loads a page of the friends of each user: the followers that the user also follows.
func (l *Loaders) Friends(ctx context.Context, users []*model.User, args page.Args, lookahead Lookahead) ([]*model.Connection, error) {
	defer l.dispatcher.settle(len(users))
	return l.each(ctx, model.ConnectionKey{Kind: page.Friends}, users, args, lookahead)
}

// InCommon loads a page of the followers or following that each user shares with another user. kind selects which.
func (l *Loaders) InCommon(ctx context.Context, kind page.Kind, users []*model.User, with string, args page.Args, lookahead Lookahead) ([]*model.Connection, error) {
	defer l.dispatcher.settle(len(users))
	other, err := globalid.ParseUser("with", with)
	if err != nil {
		return nil, err
	}
	return l.each(ctx, model.ConnectionKey{Kind: kind, With: other}, users, args, lookahead)
}

// Users loads a page of all users.
func (l *Loaders) Users(ctx context.Context, order *model.UserOrder, args page.Args, lookahead Lookahead) (*model.Connection, error) {
	defer l.dispatcher.settle(1)
	return l.one(ctx, model.ConnectionKey{Kind: social.UsersIn(order)}, args, lookahead)
}

// Search loads a page of the users with names that begin with query.
func (l *Loaders) Search(ctx context.Context, query string, args page.Args, lookahead Lookahead) (*model.Connection, error) {
	defer l.dispatcher.settle(1)
	query, err := social.SearchQuery(query)
	if err != nil {
		return nil, err
	}
	return l.one(ctx, model.ConnectionKey{Kind: page.Search, Query: query}, args, lookahead)
}

// one loads a page of a list that has no owner.
func (l *Loaders) one(ctx context.Context, key model.ConnectionKey, args page.Args, lookahead Lookahead) (*model.Connection, error) {
	loaded, err := l.load(ctx, key, []string{""}, args, lookahead)
	if err != nil {
		return nil, err
	}
	return loaded[0], nil
}

// each loads one page for each user.
func (l *Loaders) each(ctx context.Context, key model.ConnectionKey, users []*model.User, args page.Args, lookahead Lookahead) ([]*model.Connection, error) {
	return l.load(ctx, key, ids(users), args, lookahead)
}

// load loads a page for each owner, with one lookup for each. key describes the pages except for the owner. load
// announces the lookups that the query makes for the users of the pages.
func (l *Loaders) load(ctx context.Context, key model.ConnectionKey, owners []string, args page.Args, lookahead Lookahead) ([]*model.Connection, error) {
	number, err := l.number(key, args, lookahead)
	if err != nil {
		return nil, err
	}
	keys := make([]pageKey, len(owners))
	for i, owner := range owners {
		keys[i] = pageKey{number, owner}
	}
	loaded, err := l.connections.load(ctx, len(keys), keys...)
	if err != nil {
		return nil, err
	}
	users := 0
	for _, connection := range loaded {
		users += len(connection.Nodes)
	}
	l.dispatcher.expect(lookahead.Lookups * users)
	return loaded, nil
}

// number returns the number of a page. key describes the page without its arguments and selection.
func (l *Loaders) number(key model.ConnectionKey, args page.Args, lookahead Lookahead) (int, error) {
	var err error
	if key.Page, err = page.Parse(key.Kind, args); err != nil {
		return 0, err
	}
	// Only a separate read finds whether there are elements on the other side of the cursor.
	key.ProbeOtherSide = key.Page.HasCursor && (key.Page.Backward && lookahead.HasNext || !key.Page.Backward && lookahead.HasPrevious)
	key.Projection, key.Total = lookahead.Projection, lookahead.Total
	return l.pages.number(key), nil
}

// fetchConnections is the batch function of connections.
func (l *Loaders) fetchConnections(ctx context.Context, keys []pageKey) ([]*model.Connection, error) {
	return l.service.Connections(ctx, l.pages.full(keys))
}
