package store

import (
	"context"

	"followgraph/internal/model"
)

var (
	usersByCognitoID = statement("users", struct{ Column string }{"cognito_id"})
	usersByUsername  = statement("users", struct{ Column string }{"username"})
)

// Users looks accounts up, nil in the place of an unknown one: one statement for the keys with a Cognito id, and
// one for those with a username. Accounts whose key wants counts have Stats, zero where there is no row of counts.
func (s *Store) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	users := make([]*model.User, len(keys))
	var byID, byName []int
	for i, key := range keys {
		if key.CognitoID != "" {
			byID = append(byID, i)
		} else {
			byName = append(byName, i)
		}
	}
	if err := s.readUsers(ctx, usersByCognitoID, keys, byID, users); err != nil {
		return nil, err
	}
	if err := s.readUsers(ctx, usersByUsername, keys, byName, users); err != nil {
		return nil, err
	}
	return users, nil
}

func (s *Store) readUsers(ctx context.Context, sql string, keys []model.UserKey, group []int, users []*model.User) error {
	if len(group) == 0 {
		return nil
	}
	values, counts := make([]string, len(group)), make([]bool, len(group))
	for i, index := range group {
		key := keys[index]
		values[i], counts[i] = key.CognitoID, key.Counts
		if key.CognitoID == "" {
			values[i] = key.Username
		}
	}
	rows, err := s.pool.Query(ctx, sql, values, counts)
	if err != nil {
		return classify(err)
	}
	made := newAccounts(len(group))
	err = eachRow(rows, func(r *row) {
		index := group[r.integer()-1]
		id := made.keep(r.bytes())
		users[index] = made.read(r, id, keys[index].Counts)
	})
	return classify(err)
}
