package mirror

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/resident"
)

// TestLoadEndsAtItsMemory loads rows of which the estimate knew nothing.
func TestLoadEndsAtItsMemory(t *testing.T) {
	t.Parallel()
	const limit = 4 << 20
	m := &Mirror{opts: Options{MaxMemory: limit}}
	for name, add := range map[string]func(changes.Sink, int) error{
		"users": func(to changes.Sink, i int) error {
			return to.User(changes.User{ID: int64(i), CognitoID: fmt.Sprint("c-", i), Username: fmt.Sprint("user", i)})
		},
		"follows": func(to changes.Sink, i int) error {
			return to.Follow(changes.FollowRow{ID: int64(i), FollowerID: fmt.Append(nil, i%500), FollowingID: fmt.Append(nil, i/500)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			builder := resident.NewBuilder()
			to := m.bound(builder)
			var err error
			for i := 0; err == nil; i++ {
				require.Less(t, builder.Peak(), int64(2*limit))
				err = add(to, i)
			}
			require.ErrorIs(t, err, ErrTooLarge)
			require.ErrorContains(t, err, "--graph-memory")
			require.Greater(t, builder.Peak(), int64(limit))
		})
	}
}

// TestTooLargeNamesMoreThanTheBound has a graph that exceeds its memory by one byte.
func TestTooLargeNamesMoreThanTheBound(t *testing.T) {
	t.Parallel()
	m := &Mirror{opts: Options{MaxMemory: 1 << 20}}
	require.ErrorContains(t, m.tooLarge(1<<20+1), "it needs about 1.1 MiB, and may have 1.0 MiB")
	require.ErrorContains(t, m.tooLarge(resident.Unlimited), "than memory can number (1073741824 ids)")
}
