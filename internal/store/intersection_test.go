package store

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// TestCommonTotals counts the shared elements of lists, up to the longest list that is walked.
func TestCommonTotals(t *testing.T) {
	t.Parallel()
	s := open(t)
	var keys []model.ConnectionKey
	var want []*int
	for _, connection := range newFixtureGraph(t, s).connections() {
		if _, ok := intersections[connection.key.Kind]; ok {
			connection.key.Page = page.Request{Limit: 2, HasCursor: true, Cursor: page.Cursor{List: uint8(len(keys) % 2)}}
			keys, want = append(keys, connection.key), append(want, new(len(connection.want)))
		}
	}
	require.LessOrEqual(t, statements(t, func(ctx context.Context) {
		got, err := s.Totals(ctx, keys)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}), 9)

	// c-0 has one follower more than are walked, and c-1 as many as are walked.
	execute(t, s, `DELETE FROM user_follows`)
	execute(t, s, `INSERT INTO user_follows (follower_id, following_id)
		SELECT 'f-' || n, 'c-' || u FROM generate_series(0, 2) u, generate_series(1, 10001) n WHERE n <= 10000 OR u <> 1`)
	execute(t, s, `DELETE FROM user_follow_stats`)
	execute(t, s, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('c-0', 10001, 0), ('c-1', 10000, 0), ('c-2', 10001, 0)`)
	in := func(a, b string) model.ConnectionKey {
		return model.ConnectionKey{Kind: page.FollowersInCommon, User: a, With: b}
	}
	got, err := s.Totals(t.Context(), []model.ConnectionKey{in("c-0", "c-2"), in("c-0", "c-1"), in("c-1", "c-2")})
	require.NoError(t, err)
	require.Equal(t, []*int{nil, new(10_000), new(10_000)}, got)

	// Counts that are too small do not make a walk longer.
	execute(t, s, `UPDATE user_follow_stats SET followers_count = 5`)
	got, err = s.Totals(t.Context(), []model.ConnectionKey{in("c-0", "c-2")})
	require.NoError(t, err)
	require.Equal(t, []*int{nil}, got)
}
