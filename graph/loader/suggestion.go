package loader

import (
	"context"

	"followgraph/internal/model"
)

// suggestionKey identifies the suggestions for a user, and what to read of the suggested users.
type suggestionKey struct {
	model.SuggestionKey
	projection model.Projection
}

// Suggestions loads the suggestions for each user, the best first. They are nil if the caller may not see them.
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
	suggested := 0
	for _, list := range lists {
		suggested += len(list)
	}
	l.dispatcher.expect(lookahead.Lookups * suggested)
	return lists, nil
}

// fetchSuggestions is the batch function of suggestions: it loads the ranks, and then the users of all ranks together.
func (l *Loaders) fetchSuggestions(ctx context.Context, keys []suggestionKey) ([][]model.FollowSuggestion, error) {
	ranked, err := l.rank(ctx, keys)
	if err != nil {
		return nil, err
	}
	ids := make([]idList, len(keys))
	for i, key := range keys {
		ids[i].projection = key.projection
		for _, rank := range ranked[key.SuggestionKey] {
			ids[i].ids = append(ids[i].ids, rank.UserID)
		}
	}
	users, err := l.usersOfLists(ctx, ids)
	if err != nil {
		return nil, err
	}
	lists := make([][]model.FollowSuggestion, len(keys))
	for i, key := range keys {
		lists[i] = suggestions(ranked[key.SuggestionKey], users[i])
	}
	return lists, nil
}

// rank loads the ranks for each user separately: a caller sees only their own, and only operators see several.
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

// suggestions joins ranks with their users. It returns nil for nil ranks, and leaves out users that were deleted in the
// meantime.
func suggestions(ranks []model.SuggestionRank, users []*model.User) []model.FollowSuggestion {
	if ranks == nil {
		return nil
	}
	list := make([]model.FollowSuggestion, 0, len(ranks))
	for i, rank := range ranks {
		if users[i] != nil {
			list = append(list, model.FollowSuggestion{User: users[i], FollowedByCount: rank.FollowedByCount})
		}
	}
	return list
}
