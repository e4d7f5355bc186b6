package loader

import (
	"context"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/social"
)

// Follows loads a page of an owner's followers or following, as kind says.
func (l *Loaders) Follows(ctx context.Context, kind page.Kind, owner *model.User, args page.Args, selected Selected) (*model.FollowConnection, error) {
	defer l.dispatcher.settle()
	connection, err := l.connection(ctx, model.ConnectionKey{Kind: kind, User: owner.CognitoID, Select: selected.Selection}, args, selected.Lookups)
	if err != nil {
		return nil, err
	}
	return &model.FollowConnection{Connection: connection, Owner: owner, Kind: kind}, nil
}

// Friends loads a page of those who follow a user and are followed back.
func (l *Loaders) Friends(ctx context.Context, user *model.User, args page.Args, selected Selected) (*model.Connection, error) {
	defer l.dispatcher.settle()
	return l.connection(ctx, model.ConnectionKey{Kind: page.Friends, User: user.CognitoID, Select: selected.Selection}, args, selected.Lookups)
}

// InCommon loads a page of the followers or following, as kind says, that a user shares with another one.
func (l *Loaders) InCommon(ctx context.Context, kind page.Kind, user *model.User, with string, args page.Args, selected Selected) (*model.Connection, error) {
	defer l.dispatcher.settle()
	other, err := globalid.ParseUser("with", with)
	if err != nil {
		return nil, err
	}
	return l.connection(ctx, model.ConnectionKey{Kind: kind, User: user.CognitoID, With: other, Select: selected.Selection}, args, selected.Lookups)
}

// Users loads a page of all users in an order.
func (l *Loaders) Users(ctx context.Context, order *model.UserOrder, args page.Args, selected Selected) (*model.Connection, error) {
	defer l.dispatcher.settle()
	return l.connection(ctx, model.ConnectionKey{Kind: social.UsersIn(order), Select: selected.Selection}, args, selected.Lookups)
}

// Search loads a page of the users whose names begin with a text.
func (l *Loaders) Search(ctx context.Context, query string, args page.Args, selected Selected) (*model.Connection, error) {
	defer l.dispatcher.settle()
	query, err := social.SearchQuery(query)
	if err != nil {
		return nil, err
	}
	return l.connection(ctx, model.ConnectionKey{Kind: page.Search, Query: query, Select: selected.Selection}, args, selected.Lookups)
}

// connection loads a page and announces the lookups that the query makes for its users.
func (l *Loaders) connection(ctx context.Context, key model.ConnectionKey, args page.Args, lookups int) (*model.Connection, error) {
	request, err := page.Parse(key.Kind, args)
	if err != nil {
		return nil, err
	}
	key.Page = request
	loaded, err := l.connections.load(ctx, key)
	if err != nil {
		return nil, err
	}
	l.dispatcher.expect(lookups * loaded[0].Accounts())
	return loaded[0], nil
}
