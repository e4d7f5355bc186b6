package social

import (
	"context"
	"slices"

	"followgraph/internal/globalid"
	"followgraph/internal/model"
)

// PathKey returns the key of the path between two users with global ids.
func PathKey(fromID, toID string) (key model.PathKey, err error) {
	if key.From, err = globalid.ParseUser("fromId", fromID); err != nil {
		return key, err
	}
	key.To, err = globalid.ParseUser("toId", toID)
	return key, err
}

// DistancesKey returns the key of the distances from a user to at most MaxNodes users, with global ids. to has the
// Cognito ids of toIDs in their order. If it is empty, there are no distances.
func DistancesKey(fromID string, toIDs []string) (key model.DistancesKey, to []string, err error) {
	if key.From, err = globalid.ParseUser("fromId", fromID); err != nil {
		return key, nil, err
	}
	if to, err = cognitoIDs("toIds", toIDs, MaxNodes); err != nil {
		return key, nil, err
	}
	key.To = slices.Compact(slices.Sorted(slices.Values(to)))
	return key, to, nil
}

// ShortestPath searches for the shortest path of follows between two users.
func (s *Service) ShortestPath(ctx context.Context, key model.PathKey) (model.Path, error) {
	return s.graph.ShortestPath(ctx, key.From, key.To)
}

// Distances returns the distances of each key, in the order of its users.
func (s *Service) Distances(ctx context.Context, keys []*model.DistancesKey) ([][]model.Distance, error) {
	lists := make([][]model.Distance, len(keys))
	for i, key := range keys {
		var err error
		if lists[i], err = s.graph.Distances(ctx, key.From, key.To); err != nil {
			return nil, err
		}
	}
	return lists, nil
}
