package loader

import (
	"context"

	"followgraph/internal/model"
)

// Payload looks up the users of a mutation's payload as they are now, all together, each for what its field selects.
// Users of fields that are not selected, and those who have no account any more, become nil.
func (l *Loaders) Payload(ctx context.Context, users []model.PayloadUser, selected map[string]Selected) error {
	defer l.dispatcher.settle(1)
	var keys []model.UserKey
	var places []model.PayloadUser
	for _, place := range users {
		wanted, ok := selected[place.Field]
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
			l.dispatcher.expect(selected[place.Field].Lookups)
		}
	}
	return nil
}
