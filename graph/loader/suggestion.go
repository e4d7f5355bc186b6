package loader

import (
	"context"

	"followgraph/internal/model"
)

// suggestionKey is whose suggestions to look up, and what of the suggested users.
type suggestionKey struct {
	model.SuggestionKey
	lookahead model.Projection
}

// Suggestions loads whom each user might follow, the best first: nil where the caller may not know.
func (l *Loaders) Suggestions(ctx context.Context, users []*model.User, limit int, lookahead Lookahead) ([][]model.FollowSuggestion, error) {
	defer l.dispatcher.settle(len(users))
	keys := make([]suggestionKey, len(users))
	for i, user := range users {
		keys[i] = suggestionKey{model.SuggestionKey{UserID: user.CognitoID, Limit: limit}, lookahead.Projection}
	}
	lists, err := l.suggestions.load(ctx, len(keys), keys...)
	if err != nil {
		return nil, err
	}
	accounts := 0
	for _, list := range lists {
		accounts += len(list)
	}
	l.dispatcher.expect(lookahead.Lookups * accounts)
	return lists, nil
}

// fetchSuggestions is the batch function of suggestions: it ranks, and looks up the accounts of all ranks together. Both
// are one lookup, so that a field of users makes one, and what lies below all fields of a level is the next wave.
func (l *Loaders) fetchSuggestions(ctx context.Context, keys []suggestionKey) ([][]model.FollowSuggestion, error) {
	ranked, err := l.rank(ctx, keys)
	if err != nil {
		return nil, err
	}
	var accounts []model.UserKey
	for _, key := range keys {
		for _, rank := range ranked[key.SuggestionKey] {
			accounts = append(accounts, key.account(rank))
		}
	}
	loaded, err := l.users.within(ctx, accounts)
	if err != nil {
		return nil, err
	}
	lists := make([][]model.FollowSuggestion, len(keys))
	for i, key := range keys {
		ranks := ranked[key.SuggestionKey]
		lists[i] = suggestions(ranks, loaded[:len(ranks)])
		loaded = loaded[len(ranks):]
	}
	return lists, nil
}

// rank asks for each user by itself: a caller sees their own, and only operators see more than one.
func (l *Loaders) rank(ctx context.Context, keys []suggestionKey) (map[model.SuggestionKey][]model.SuggestionRank, error) {
	ranked := make(map[model.SuggestionKey][]model.SuggestionRank, len(keys))
	for _, key := range keys {
		if _, known := ranked[key.SuggestionKey]; known {
			continue
		}
		ranks, err := l.service.Suggestions(ctx, key.UserID, key.Limit)
		if err != nil {
			return nil, err
		}
		ranked[key.SuggestionKey] = ranks
	}
	return ranked, nil
}

func (k suggestionKey) account(rank model.SuggestionRank) model.UserKey {
	return Lookahead{Projection: k.lookahead}.account(rank.UserID)
}

// suggestions puts each rank's account to it; nil where the caller may not know the ranks. An account that went in between
// is left out.
func suggestions(ranks []model.SuggestionRank, accounts []*model.User) []model.FollowSuggestion {
	if ranks == nil {
		return nil
	}
	list := make([]model.FollowSuggestion, 0, len(ranks))
	for i, rank := range ranks {
		if accounts[i] != nil {
			list = append(list, model.FollowSuggestion{User: accounts[i], FollowedByCount: rank.FollowedByCount})
		}
	}
	return list
}
