package resident

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
)

// TestFullGraph checks that a graph beyond the numbers of 32 bits has a size that no bound allows, however it becomes so:
// while it is loaded, in a part of a transaction, and in a version. The graphs of the test only count as large.
func TestFullGraph(t *testing.T) {
	t.Parallel()
	for name, enlarge := range map[string]func(v *Version, bound uint32){
		"ids": func(v *Version, bound uint32) { v.names.end = MaxIDs + bound },
		"wide": func(v *Version, bound uint32) {
			mine := *v.wide
			mine.end = maxWide + bound
			v.wide, v.follows = &mine, 1
		},
	} {
		b := NewBuilder()
		b.User(&changes.User{ID: 1, CognitoID: "ada", Username: "ada"})
		require.Less(t, b.Peak(), int64(1<<20), name)
		g := b.Graph(commit.Position{})
		require.Less(t, g.Size().Total(), int64(1<<20), name)

		enlarge(&b.editor.next, 0)
		require.NotEqual(t, int64(Unlimited), b.Peak(), "%s, at the bound", name)
		enlarge(&b.editor.next, 1)
		require.Equal(t, int64(Unlimited), b.Peak(), name)

		e := newEditor(g.Version(), g.writer)
		enlarge(&e.next, 1)
		g.open = e
		none := &changes.Transaction{More: true}
		require.NoError(t, g.Apply(t.Context(), none, nil))
		require.Equal(t, int64(Unlimited), g.Size().Total(), "%s, in a part of a transaction", name)
		none.More = false
		require.NoError(t, g.Apply(t.Context(), none, nil))
		require.Equal(t, int64(Unlimited), g.Size().Total(), "%s, in a version", name)
		require.Equal(t, int64(Unlimited), g.Version().Size().Total(), name)
	}
	require.Equal(t, int64(Unlimited), Estimate(MaxIDs+1, 0))
	require.Equal(t, int64(Unlimited), Estimate(1, 1<<62))
	require.Less(t, Estimate(100e6, 10e9), int64(500e9))
}
