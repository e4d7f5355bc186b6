package social

import (
	"context"

	"followgraph/internal/model"
)

// MaxAdjacencyIDs is the maximum number of global ids in each list of an adjacency. Two such lists fit into the body of
// a request if the ids are UUIDs.
const MaxAdjacencyIDs = 4_000

// Adjacency returns the follows from users of one list to users of another, each list with at most MaxAdjacencyIDs
// global ids.
func (s *Service) Adjacency(ctx context.Context, followerIDs, followingIDs []string) (*model.Adjacency, error) {
	key, err := adjacencyKey(followerIDs, followingIDs)
	if err != nil {
		return nil, err
	}
	return s.graph.Adjacency(ctx, &key)
}

func adjacencyKey(followerIDs, followingIDs []string) (key model.AdjacencyKey, err error) {
	if key.Followers, err = cognitoIDs("followerIds", followerIDs, MaxAdjacencyIDs); err != nil {
		return key, err
	}
	key.Followings, err = cognitoIDs("followingIds", followingIDs, MaxAdjacencyIDs)
	return key, err
}
