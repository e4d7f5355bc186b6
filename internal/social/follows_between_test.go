package social

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
)

func TestFollowsBetweenKey(t *testing.T) {
	t.Parallel()
	a, b, c := globalid.User("a"), globalid.User("b"), globalid.User("c")
	many := slices.Repeat([]string{a, b}, MaxNodes/2)
	for name, test := range map[string]struct {
		followers, followings []string
		key                   model.BetweenKey
		field, message        string
	}{
		"sorted, each once": {followers: []string{c, a, b, a}, followings: []string{b, b},
			key: model.BetweenKey{Followers: []string{"a", "b", "c"}, Followings: []string{"b"}}},
		"as many as may be": {followers: many, followings: many,
			key: model.BetweenKey{Followers: []string{"a", "b"}, Followings: []string{"a", "b"}}},
		"too many followers":  {followers: append(many, c), followings: many, field: "followerIds", message: "followerIds must have at most 100 ids, not 101"},
		"too many followings": {followers: many, followings: append(many, c), field: "followingIds", message: "followingIds must have at most 100 ids, not 101"},
		"a broken follower": {followers: []string{a, "x"}, followings: many, field: "followerIds[1]",
			message: "followerIds[1] is not a valid global id: use the value of an `id` field of this API"},
		"a broken following, and no followers": {followings: []string{"x"}, field: "followingIds[0]",
			message: "followingIds[0] is not a valid global id: use the value of an `id` field of this API"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, ok, err := FollowsBetweenKey(test.followers, test.followings)
			if test.message != "" {
				require.Equal(t, apperr.Input(test.field, "%s", test.message), err)
				return
			}
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, test.key, key)
		})
	}
	for _, lists := range [][2][]string{{nil, {a}}, {{a}, nil}, {nil, nil}} {
		_, ok, err := FollowsBetweenKey(lists[0], lists[1])
		require.NoError(t, err)
		require.False(t, ok, "nothing to ask for")
	}
}
