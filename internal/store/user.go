package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/profile"
)

var (
	usersByCognitoID = userStatements("users")
	usersByUsername  = userStatements("users_by_username")
)

// userStatements renders a statement that looks up users, with and without details.
func userStatements(name string) map[bool]string {
	statements := map[bool]string{}
	for _, details := range []bool{false, true} {
		statements[details] = statement(name, struct{ Details bool }{details})
	}
	return statements
}

// Users returns the user of each key, or nil for a key without an account. It runs one statement for the keys with a
// Cognito id, and one for the keys with a username. If no account has exactly a username, the key matches the account
// whose username differs only in case, if there is exactly one. A user has Stats if its key requests counts; the counts
// are zero if there is no row of counts. All users have details if any key requests them.
func (r reads) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	queries, users := userQueries(keys)
	if _, err := r.run(ctx, queries); err != nil {
		return nil, err
	}
	return users, nil
}

// UsersAndPages is Users and Pages in one round trip. If only the pages fail, they are nil and the error is nil.
func (r reads) UsersAndPages(
	ctx context.Context, userKeys []model.UserKey, pageKeys []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	lookups, users := userQueries(userKeys)
	batch, err := r.pageBatch(ctx, pageKeys)
	if err != nil {
		return nil, nil, err
	}
	switch done, err := r.run(ctx, append(lookups, batch.queries...)); {
	case done < len(lookups):
		return nil, nil, err
	case err != nil || batch.finish(ctx, r) != nil:
		return users, nil, nil
	default:
		return users, batch.pages, nil
	}
}

// userQueries returns the statements for all keys, and the slice that they fill.
func userQueries(keys []model.UserKey) ([]query, []*model.User) {
	users := make([]*model.User, len(keys))
	var byID, byName []int
	for i, key := range keys {
		if key.CognitoID != "" {
			byID = append(byID, i)
		} else {
			byName = append(byName, i)
		}
	}
	var queries []query
	if len(byID) > 0 {
		queries = append(queries, userQuery(usersByCognitoID, keys, byID, users, cognitoIDs))
	}
	if len(byName) > 0 {
		queries = append(queries, userQuery(usersByUsername, keys, byName, users, usernames))
	}
	return queries, users
}

// userQuery returns the query that looks up a group of keys and stores their users. group contains the indexes of the
// keys. of converts the keys to the statement's first parameters.
func userQuery(statements map[bool]string, keys []model.UserKey, group []int, users []*model.User, of func([]model.UserKey) []any) query {
	groupKeys, counts, details := make([]model.UserKey, len(group)), make([]bool, len(group)), false
	for i, index := range group {
		key := keys[index]
		details = details || key.Details
		groupKeys[i], counts[i] = key, key.Counts
	}
	return query{statements[details], append(of(groupKeys), counts), func(ctx context.Context, rows pgx.Rows) error {
		for _, index := range group { // of a first attempt
			users[index] = nil
		}
		reader := newUserReader(len(group))
		return eachRow(ctx, rows, func(r *row) {
			index := group[r.integer()-1]
			id := reader.keep(r.bytes())
			users[index] = reader.read(r, id, details, keys[index].Counts)
		})
	}}
}

func cognitoIDs(keys []model.UserKey) []any {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.CognitoID
	}
	return []any{ids}
}

// usernames returns the usernames of the keys and their NFC forms.
func usernames(keys []model.UserKey) []any {
	exact, composed := make([]string, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		exact[i], composed[i] = key.Username, profile.NFC(key.Username)
	}
	return []any{exact, composed}
}
