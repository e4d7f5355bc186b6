package social

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
)

func TestAdjacencyKey(t *testing.T) {
	t.Parallel()
	a, b := globalid.User("a"), globalid.User("b")
	many := slices.Repeat([]string{a, b}, MaxAdjacencyIDs/2)
	key, err := adjacencyKey([]string{b, a, b}, many)
	require.NoError(t, err)
	require.Equal(t, model.AdjacencyKey{Followers: []string{"b", "a", "b"}, Followings: slices.Repeat([]string{"a", "b"}, MaxAdjacencyIDs/2)}, key)
	_, err = adjacencyKey(append(many, a), many)
	require.Equal(t, apperr.Input("followerIds", "followerIds must have at most 4000 ids, not 4001"), err)
	_, err = adjacencyKey(many, append(many, a))
	require.Equal(t, apperr.Input("followingIds", "followingIds must have at most 4000 ids, not 4001"), err)
	_, err = adjacencyKey(nil, []string{a, "x"})
	require.Equal(t, apperr.Input("followingIds[1]", "followingIds[1] is not a valid global id: use the value of an `id` field of this API"), err)
}
