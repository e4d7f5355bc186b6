package graph

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// standing answers what follows from who the caller is, for each user of a level: it takes no lookup.
func standing(ctx context.Context, users []*model.User, rule func(viewer.Viewer, string) bool) []bool {
	caller := viewer.From(ctx)
	answers := make([]bool, len(users))
	for i, user := range users {
		answers[i] = rule(caller, user.CognitoID)
	}
	return answers
}
