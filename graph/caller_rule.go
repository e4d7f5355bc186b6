package graph

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// applyRule returns the result of a rule for the caller and each user of a level, without a lookup.
func applyRule(ctx context.Context, users []*model.User, rule func(viewer.Viewer, string) bool) []bool {
	caller := viewer.From(ctx)
	results := make([]bool, len(users))
	for i, user := range users {
		results[i] = rule(caller, user.CognitoID)
	}
	return results
}
