package resident

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
)

// TestChangedIsTheLastCommitOfTheGraph: commits that change nothing here move the position alone.
func TestChangedIsTheLastCommitOfTheGraph(t *testing.T) {
	t.Parallel()
	at := func(lsn uint64) commit.Position { return commit.Position{System: 7, Timeline: 1, LSN: lsn} }
	graph := NewBuilder().Graph(at(10))
	for _, step := range []struct {
		position, changed uint64
		changes           []changes.Change
	}{
		{11, 10, nil},
		{12, 12, []changes.Change{{Kind: changes.Insert, Follow: &changes.Follow{ID: 1, FollowerID: "a", FollowingID: "b"}}}},
		{13, 12, nil},
		{14, 12, nil},
	} {
		require.NoError(t, graph.Apply(t.Context(), &changes.Transaction{Position: at(step.position), Changes: step.changes}, goFolder{}))
		require.Equal(t, at(step.position), graph.Version().Position())
		require.Equal(t, at(step.changed), graph.Version().Changed())
	}
}
