package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/sample"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// TestSampleImports imports a sample like a file, and checks that it is complete.
func TestSampleImports(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db := openStore(t, url)
	graph, err := sample.Generate(1, 500)
	require.NoError(t, err)

	for _, added := range []bool{true, false} {
		users, err := db.ImportUsers(t.Context(), store.Rows(graph.Users), store.UserImportOptions{
			Conflict: func(c store.UserConflict) error {
				require.Failf(t, "conflict", "%v", c)
				return nil
			},
		})
		require.NoError(t, err)
		follows, err := db.ImportFollows(t.Context(), store.Rows(graph.Follows), store.ImportOptions{})
		require.NoError(t, err)
		if added {
			require.EqualValues(t, len(graph.Users), users.Added)
			require.EqualValues(t, len(graph.Follows), follows.Added)
		} else {
			require.EqualValues(t, len(graph.Users), users.Unchanged)
			require.EqualValues(t, len(graph.Follows), follows.Unchanged)
		}
	}
	got := readDatabase(t, url)
	require.Len(t, got.Users, 500)
	for i, row := range got.Follows {
		want := graph.Follows[i]
		require.Equal(t, follow{want.FollowerID, want.FollowingID, want.CreatedAt}, row)
	}
	require.Equal(t, countsOf(got.Follows), got.Counts)
}
