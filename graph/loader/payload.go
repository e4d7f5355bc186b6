package loader

import (
	"context"

	"followgraph/internal/model"
)

// Payload looks up the users of a mutation's payload as they are now, all together, each for what its field selects.
// Users of fields that are not lookahead, and those who have no account any more, become nil.
func (l *Loaders) Payload(ctx context.Context, users []model.PayloadUser, lookahead map[string]Lookahead) error {
	defer l.dispatcher.settle(1)
	var keys []model.UserKey
	var places []model.PayloadUser
	for _, place := range users {
		wanted, ok := lookahead[place.Field]
		if ok && *place.User != nil {
			keys = append(keys, wanted.account((*place.User).CognitoID))
			places = append(places, place)
		}
		if !ok {
			*place.User = nil
		}
	}
	if len(keys) == 0 {
		return nil
	}
	loaded, err := l.users.load(ctx, 1, keys...)
	if err != nil {
		return err
	}
	for i, place := range places {
		*place.User = loaded[i]
		if loaded[i] != nil {
			l.dispatcher.expect(lookahead[place.Field].Lookups)
		}
	}
	return nil
}
