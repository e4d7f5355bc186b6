package resident

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// TestTotalsAreBounded counts as many users as are counted one by one, and one more.
func TestTotalsAreBounded(t *testing.T) {
	t.Parallel()
	for more := range 2 {
		b := NewBuilder()
		for i := range maxCounted + more {
			id := fmt.Appendf(nil, "c-%d", i)
			b.User(&changes.User{
				ID: int64(i + 1), CognitoID: string(id), Username: fmt.Sprintf("x%d", i), Firstname: new("Ada"), Lastname: new("Byron"),
				Keys: testKeys(fmt.Sprintf("x%d", i), "Ada", "Byron"),
			})
			for of, name := range []string{"one", "other"} {
				b.Follow(&changes.FollowRow{ID: int64(2*i + of), FollowerID: id, FollowingID: []byte(name)})
			}
		}
		b.Follow(&changes.FollowRow{ID: 1e9, FollowerID: []byte("one"), FollowingID: []byte("c-7")})
		v := b.Graph(commit.Position{}).Version()
		keys := []model.ConnectionKey{
			{Kind: page.FollowersInCommon, User: "one", With: "other"}, {Kind: page.Search, Query: "A"}, {Kind: page.Search, Query: "x"},
			{Kind: page.OldestUsers}, {Kind: page.Friends, User: "one"},
		}
		totals, err := v.Totals(t.Context(), keys)
		require.NoError(t, err)
		all := new(maxCounted + more)
		want := []*int{all, all, all, all, new(1)}
		if more > 0 {
			want[0], want[1], want[2] = nil, nil, nil
		}
		require.Equal(t, want, totals)

		ended, end := context.WithCancel(t.Context())
		end()
		_, err = v.Totals(ended, []model.ConnectionKey{{Kind: page.Search, Query: "a"}, keys[0]})
		require.Equal(t, apperr.Canceled, apperr.CodeOf(err))
	}
}
