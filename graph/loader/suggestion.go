package loader

import (
	"context"

	"followgraph/internal/model"
)

// Suggestions loads whom each user might follow, the best first: nil where the caller may not know. They take two
// statements for a level, one to rank and one for the accounts.
func (l *Loaders) Suggestions(ctx context.Context, users []*model.User, limit int, selected Selected) ([][]model.FollowSuggestion, error) {
	defer l.dispatcher.settle(len(users))
	keys := make([]model.SuggestionKey, len(users))
	for i, user := range users {
		keys[i] = model.SuggestionKey{UserID: user.CognitoID, Limit: limit}
	}
	ranked, err := l.suggestions.load(ctx, len(keys), keys...)
	if err != nil {
		return nil, err
	}
	var accounts []model.UserKey
	for _, ranks := range ranked {
		for _, rank := range ranks {
			accounts = append(accounts, selected.account(rank.UserID))
		}
	}
	if len(accounts) == 0 {
		return suggestions(ranked, nil), nil
	}
	loaded, err := l.users.load(ctx, len(users), accounts...)
	if err != nil {
		return nil, err
	}
	for _, account := range loaded {
		if account != nil {
			l.dispatcher.expect(selected.Lookups)
		}
	}
	return suggestions(ranked, loaded), nil
}

// suggestions puts the accounts, which lie in the order of the ranks, to the ranks. One that went in between is left out.
func suggestions(ranked [][]model.SuggestionRank, accounts []*model.User) [][]model.FollowSuggestion {
	lists := make([][]model.FollowSuggestion, len(ranked))
	for i, ranks := range ranked {
		if ranks == nil {
			continue // hidden from the caller
		}
		lists[i] = make([]model.FollowSuggestion, 0, len(ranks))
		for _, rank := range ranks {
			if accounts[0] != nil {
				lists[i] = append(lists[i], model.FollowSuggestion{User: accounts[0], FollowedByCount: rank.FollowedByCount})
			}
			accounts = accounts[1:]
		}
	}
	return lists
}

// fetchSuggestions asks for each user by itself: a caller sees their own, and only operators see more than one.
func (l *Loaders) fetchSuggestions(ctx context.Context, keys []model.SuggestionKey) ([][]model.SuggestionRank, error) {
	ranked := make([][]model.SuggestionRank, len(keys))
	for i, key := range keys {
		var err error
		if ranked[i], err = l.service.Suggestions(ctx, key.UserID, key.Limit); err != nil {
			return nil, err
		}
	}
	return ranked, nil
}
