package store

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRelations(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newFixtureGraph(t, s)
	ids := slices.Concat(w.ids, []string{"unknown", "c-3"})
	for _, viewer := range []string{"c-0", "c-19", "c-45", "unknown"} {
		relations, err := s.Relations(t.Context(), viewer, ids)
		require.NoError(t, err)
		following, followers := w.following(viewer), w.followers(viewer)
		for i, id := range ids {
			require.Equal(t, slices.Contains(following, id), relations[i].ViewerFollows, "%s and %s", viewer, id)
			require.Equal(t, slices.Contains(followers, id), relations[i].FollowsViewer, "%s and %s", viewer, id)
		}
	}
}
