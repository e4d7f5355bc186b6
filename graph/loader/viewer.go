package loader

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/viewer"
)

// Viewer loads the caller's account, nil where there is none.
func (l *Loaders) Viewer(ctx context.Context, lookahead Lookahead) (*model.User, error) {
	defer l.dispatcher.settle(1)
	caller := viewer.From(ctx)
	if !caller.Registered {
		return nil, nil
	}
	users, err := l.accounts(ctx, []model.UserKey{{CognitoID: caller.CognitoID}}, lookahead)
	if err != nil {
		return nil, err
	}
	return users[0], nil
}

// Related loads how each user and the caller stand to each other, and tells one thing of it.
func (l *Loaders) Related(ctx context.Context, users []*model.User, tell func(model.Relation) bool) ([]bool, error) {
	defer l.dispatcher.settle(len(users))
	relations, err := l.relations.load(ctx, len(users), ids(users)...)
	if err != nil {
		return nil, err
	}
	answers := make([]bool, len(users))
	for i, relation := range relations {
		answers[i] = tell(relation)
	}
	return answers, nil
}

// FollowersYouKnow loads a page of those followers of each user whom the caller follows: nobody for a caller without
// an account.
func (l *Loaders) FollowersYouKnow(ctx context.Context, users []*model.User, args page.Args, lookahead Lookahead) ([]*model.Connection, error) {
	defer l.dispatcher.settle(len(users))
	caller := viewer.From(ctx)
	if caller.Registered {
		return l.each(ctx, model.ConnectionKey{Kind: page.FollowersYouKnow, With: caller.CognitoID}, users, args, lookahead)
	}
	if _, err := page.Parse(page.FollowersYouKnow, args); err != nil {
		return nil, err
	}
	connections := make([]*model.Connection, len(users))
	for i := range connections {
		connections[i] = model.NewConnection(nil, page.Info{})
	}
	return connections, nil
}
