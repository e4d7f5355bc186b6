package graph_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
)

// shrinkingStore is a store that finds a path through a user who was deleted, the given number of times.
type shrinkingStore struct {
	stubStore
	left *int
}

func (s shrinkingStore) ShortestPath(ctx context.Context, from, to string) (model.Path, error) {
	if *s.left--; *s.left >= 0 {
		return model.Path{Status: model.PathStatusFound, CognitoIDs: []string{from, missingID, to}}, nil
	}
	return s.stubStore.ShortestPath(ctx, from, to)
}

// TestPathsWithoutDeletedUsers searches again if a user on a path is deleted before the users are read, three times in
// all.
func TestPathsWithoutDeletedUsers(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		for deletions, want := range map[int]string{
			0: `{"shortestPath":{"status":"FOUND","length":1,"users":[{"username":"bo"},{"username":"layla"}]}}`,
			2: `{"shortestPath":{"status":"FOUND","length":1,"users":[{"username":"bo"},{"username":"layla"}]}}`,
			3: "null",
		} {
			a := newAPI(t, shrinkingStore{left: &deletions}, schema)
			response, _ := a.run(t.Context(), `query ($from: ID!, $to: ID!) { shortestPath(fromId: $from, toId: $to) { status length users { username } } }`,
				map[string]any{"from": globalid.User("bo"), "to": globalid.User("layla")})
			require.JSONEq(t, want, string(response.Data))
			if want == "null" {
				require.Len(t, response.Errors, 1)
				require.Equal(t, apperr.Unavailable, response.Errors[0].Extensions["code"])
			} else {
				require.Empty(t, response.Errors)
			}
		}
	})
}
