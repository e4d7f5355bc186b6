package loader

import (
	"context"

	"followgraph/internal/model"
)

// Private loads one private field of each user. It is nil if the caller may not see it.
func (l *Loaders) Private(ctx context.Context, users []*model.User, field func(*model.Private) *string) ([]*string, error) {
	defer l.dispatcher.settle(len(users))
	privates, err := l.privates.load(ctx, len(users), ids(users)...)
	if err != nil {
		return nil, err
	}
	values := make([]*string, len(users))
	for i, private := range privates {
		if private != nil {
			values[i] = field(private)
		}
	}
	return values, nil
}

// ids returns the Cognito ids of users.
func ids(users []*model.User) []string {
	ids := make([]string, len(users))
	for i, user := range users {
		ids[i] = user.CognitoID
	}
	return ids
}
