package resident

import (
	"context"
	"math"

	"followgraph/internal/model"
	"followgraph/internal/profile"
)

// Users returns the user of each key, nil for a key without an account. A username that no account has matches the only
// account whose username differs from it in case alone.
func (v *Version) Users(_ context.Context, keys []model.UserKey) ([]*model.User, error) {
	users := make([]*model.User, len(keys))
	for i, key := range keys {
		users[i] = v.user(key)
	}
	return users, nil
}

// UsersAndPages is Users and Pages. If only the pages fail, they are nil and the error is nil.
func (v *Version) UsersAndPages(
	ctx context.Context, userKeys []model.UserKey, pageKeys []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	users, err := v.Users(ctx, userKeys)
	if err != nil {
		return nil, nil, err
	}
	pages, err := v.Pages(ctx, pageKeys)
	if err != nil {
		return users, nil, nil
	}
	return users, pages, nil
}

func (v *Version) user(key model.UserKey) *model.User {
	n := noNode
	if key.CognitoID != "" {
		n = v.find(key.CognitoID)
	} else if row := v.named(key.Username); row != nil {
		n = v.node(row.number)
	}
	if n.row == nil {
		return nil
	}
	return &n.user
}

// named returns the account that a username names: the one that has it byte by byte, otherwise the one that has its NFC
// form, otherwise the only one whose username differs in case alone.
func (v *Version) named(username string) (row *userRow) {
	composed, folded := profile.NFC(username), v.fold(username)
	var normal *userRow
	several := false
	for r := range v.sameKey(username) {
		switch {
		case r.username() == username:
			return r
		case r.username() == composed:
			normal = r
		case v.fold(r.username()) != folded:
		case row != nil:
			several = true
		default:
			row = r
		}
	}
	if normal != nil || several {
		return normal
	}
	return row
}

// sameKey yields the accounts whose usernames have the same search key. All usernames that differ in case alone are
// among them.
func (v *Version) sameKey(username string) func(yield func(*userRow) bool) {
	pivot := &userRow{id: math.MinInt64}
	pivot.keys.username = v.searchKey(username)
	return func(yield func(*userRow) bool) {
		v.users.usernames.Ascend(pivot, func(r *userRow) bool {
			return r.keys.username == pivot.keys.username && yield(r)
		})
	}
}
