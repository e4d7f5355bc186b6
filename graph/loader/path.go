package loader

import (
	"context"
	"slices"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/social"
)

// pathKey identifies a path, and what to read of its users.
type pathKey struct {
	model.PathKey
	projection model.Projection
}

// ShortestPath loads the shortest path between two users with global ids.
func (l *Loaders) ShortestPath(ctx context.Context, fromID, toID string, lookahead Lookahead) (*model.ShortestPath, error) {
	defer l.dispatcher.settle(1)
	key, err := social.PathKey(fromID, toID)
	if err != nil {
		return nil, err
	}
	loaded, err := l.paths.load(ctx, 1, pathKey{key, lookahead.Projection})
	if err != nil {
		return nil, err
	}
	l.dispatcher.expect(lookahead.Lookups * len(loaded[0].Users))
	return loaded[0], nil
}

// fetchPaths is the batch function of paths: it searches for one path after the other, so that only one search at a time
// takes memory, and loads the users of each. It does so beside the relation of users, which may fetch some of them in the
// same wave: the number of batches would depend on which is first.
func (l *Loaders) fetchPaths(ctx context.Context, keys []pathKey) ([]*model.ShortestPath, error) {
	paths := make([]*model.ShortestPath, len(keys))
	for i, key := range keys {
		var err error
		if paths[i], err = l.fetchPath(ctx, key); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// maxPathSearches is how often a path is searched. Another search is needed if a user on the path is deleted before the
// users are read, which can be only if SQL answers.
const maxPathSearches = 3

func (l *Loaders) fetchPath(ctx context.Context, key pathKey) (*model.ShortestPath, error) {
	for range maxPathSearches {
		path, err := l.service.ShortestPath(ctx, key.PathKey)
		if err != nil {
			return nil, err
		}
		result := &model.ShortestPath{Status: path.Status, Users: []*model.User{}}
		if path.Status != model.PathStatusFound {
			return result, nil
		}
		result.Length = new(len(path.CognitoIDs) - 1)
		if !key.projection.Users {
			return result, nil
		}
		keys := make([]model.UserKey, len(path.CognitoIDs))
		for i, id := range path.CognitoIDs {
			keys[i] = Lookahead{Projection: key.projection}.userKey(id)
		}
		if result.Users, err = l.service.Users(ctx, keys); err != nil {
			return nil, err
		}
		if !slices.Contains(result.Users, nil) {
			return result, nil
		}
	}
	return nil, apperr.New(apperr.Unavailable, "users on the path were deleted during the search: try again")
}

// Distances loads the distances from one user to others. All ids are global ids.
func (l *Loaders) Distances(ctx context.Context, fromID string, toIDs []string) ([]model.Distance, error) {
	defer l.dispatcher.settle(1)
	key, to, err := social.DistancesKey(fromID, toIDs)
	if err != nil || len(to) == 0 {
		return nil, err
	}
	loaded, err := l.distances.load(ctx, 1, &key)
	if err != nil {
		return nil, err
	}
	distances := make([]model.Distance, len(to))
	for i, id := range to {
		at, _ := slices.BinarySearch(key.To, id)
		distances[i] = loaded[0][at]
	}
	return distances, nil
}
