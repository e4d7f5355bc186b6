package social

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/profile"
)

// The limits of what a client may request.
const (
	MaxNodes       = 100     // global ids per list
	MaxSearchQuery = 100     // characters of a search text
	maxSearchBytes = 8 << 10 // bytes of a search text, including blanks and invisible characters
)

// Users returns the user of each key, nil for a key without an account.
func (s *Service) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	return s.graph.Users(ctx, keys)
}

// UserBy returns the key of a user who is named by exactly one of a global id, a username and a Cognito id. If no user
// can have the username or Cognito id, the result is the zero key without an error.
func UserBy(id, username, cognitoID *string) (model.UserKey, error) {
	count := 0
	for _, argument := range []*string{id, username, cognitoID} {
		if argument != nil {
			count++
		}
	}
	switch {
	case count != 1:
		return model.UserKey{}, apperr.Input("id", "give exactly one of the arguments id, username and cognitoId, not %d", count)
	case id != nil:
		cognitoID, err := globalid.ParseUser("id", *id)
		return model.UserKey{CognitoID: cognitoID}, err
	case username != nil:
		if !storable(*username) {
			return model.UserKey{}, nil
		}
		return model.UserKey{Username: *username}, nil
	default:
		if !globalid.ValidCognitoID(*cognitoID) {
			return model.UserKey{}, nil
		}
		return model.UserKey{CognitoID: *cognitoID}, nil
	}
}

// Nodes returns the keys of at most MaxNodes global ids. For a malformed id the key is the zero key, and malformed has
// the error at the same index; malformed is nil if all ids are valid.
func Nodes(ids []string) (keys []model.UserKey, malformed []error, err error) {
	if err := checkLength("ids", ids, MaxNodes); err != nil {
		return nil, nil, err
	}
	keys = make([]model.UserKey, len(ids))
	for i, id := range ids {
		cognitoID, err := globalid.ParseUser(element("ids", i), id)
		if err != nil {
			if malformed == nil {
				malformed = make([]error, len(ids))
			}
			malformed[i] = err
		}
		keys[i].CognitoID = cognitoID
	}
	return keys, malformed, nil
}

// cognitoIDs returns the Cognito ids of the global ids of an argument, at most limit.
func cognitoIDs(argument string, ids []string, limit int) ([]string, error) {
	if err := checkLength(argument, ids, limit); err != nil {
		return nil, err
	}
	parsed := make([]string, len(ids))
	for i, id := range ids {
		var err error
		if parsed[i], err = globalid.ParseUser(element(argument, i), id); err != nil {
			return nil, err
		}
	}
	return parsed, nil
}

// element returns the name of an argument's element in errors.
func element(argument string, i int) string { return fmt.Sprintf("%s[%d]", argument, i) }

func checkLength(argument string, ids []string, limit int) error {
	if len(ids) > limit {
		return apperr.Input(argument, "%s must have at most %d ids, not %d", argument, limit, len(ids))
	}
	return nil
}

// SearchQuery checks the text of a search and returns it in the form in which names are stored, with single blanks
// between words.
func SearchQuery(query string) (string, error) {
	if len(query) <= maxSearchBytes && storable(query) {
		if text, err := profile.ParseText(strings.Join(strings.Fields(query), " ")); err == nil {
			query = text
		}
	}
	trimmed := strings.TrimSpace(query)
	if n := utf8.RuneCountInString(trimmed); n < 1 || n > MaxSearchQuery {
		return "", apperr.Input("query", "query must have 1 to %d characters, not %d", MaxSearchQuery, n)
	}
	if !storable(trimmed) {
		return "", apperr.Input("query", "query must be valid UTF-8 without NUL characters")
	}
	return trimmed, nil
}

// storable reports whether PostgreSQL can store s in a text: UTF-8 without NUL.
func storable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

// UsersIn returns the kind of connection of all users in an order; nil is oldest first.
func UsersIn(order *model.UserOrder) page.Kind {
	switch {
	case order == nil:
		return page.OldestUsers
	case order.Field == model.UserOrderFieldFollowersCount && order.Direction == model.OrderDirectionDesc:
		return page.MostFollowers
	case order.Field == model.UserOrderFieldFollowersCount:
		return page.FewestFollowers
	case order.Field == model.UserOrderFieldUsername && order.Direction == model.OrderDirectionDesc:
		return page.UsersZToA
	case order.Field == model.UserOrderFieldUsername:
		return page.UsersAToZ
	case order.Direction == model.OrderDirectionDesc:
		return page.NewestUsers
	default:
		return page.OldestUsers
	}
}
