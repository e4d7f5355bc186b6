package social

import (
	"context"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// The limits of topFollowers and topFollowing.
const (
	maxTop     = 100   // users
	maxTopScan = 1_000 // model.TopKey.Scan
)

// TopKey returns the key of the most followed users in a list of a user, without the user.
func TopKey(kind page.Kind, first int) (model.TopKey, error) {
	if first < 0 || first > maxTop {
		return model.TopKey{}, apperr.Input("first", "first must be between 0 and %d, not %d", maxTop, first)
	}
	return model.TopKey{Kind: kind, Limit: first, Scan: maxTopScan}, nil
}

// Top returns the most followed users of each key's list.
func (s *Service) Top(ctx context.Context, keys []model.TopKey) ([]model.TopIDs, error) {
	return s.graph.Top(ctx, keys)
}

// GraphTotals returns the size of the whole graph.
func (s *Service) GraphTotals(ctx context.Context) (model.GraphTotals, error) {
	return s.graph.GraphTotals(ctx)
}
