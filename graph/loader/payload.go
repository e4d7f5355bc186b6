package loader

import (
	"context"

	"followgraph/internal/model"
)

// Payload loads the current state of the users in a mutation's payload, in one batch. It sets users to nil if their
// field is not selected or their account does not exist anymore.
func (l *Loaders) Payload(ctx context.Context, users []model.PayloadUser, lookaheads map[string]Lookahead) error {
	defer l.dispatcher.settle(1)
	var keys []model.UserKey
	var places []model.PayloadUser
	for _, place := range users {
		lookahead, ok := lookaheads[place.Field]
		if ok && *place.User != nil {
			keys = append(keys, lookahead.userKey((*place.User).CognitoID))
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
			l.dispatcher.expect(lookaheads[place.Field].Lookups)
		}
	}
	return nil
}
