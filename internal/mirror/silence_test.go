package mirror

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

// TestAServerThatHangs freezes the server after a commit that memory lacks. Operations that need the commit fail soon,
// also those that wait for SQL already, and all others go on to be answered from memory.
func TestAServerThatHangs(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, impatient)
	gate.hold()
	write(t, url, "n1", "n0")
	position, err := i.position(t.Context())
	require.NoError(t, err)
	gate.freeze()
	waiting, read := i.begin(t, position.String())
	_, err = i.count(waiting, "n0") // before the server counts as silent
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	require.Equal(t, "sql (behind)", read.String())
	require.True(t, i.silence.now.Load())
	seen, _ := read.End(waiting)
	require.Empty(t, seen)

	later, _ := i.begin(t, position.String())
	_, err = i.count(later, "n0")
	require.ErrorIs(t, err, errSilent)
	count, source, _ := i.followers(t, "n0", "")
	require.Zero(t, count)
	require.Equal(t, "memory", source)

	gate.release()
	require.Eventually(t, func() bool {
		ctx, read := i.begin(t, position.String())
		count, err := i.count(ctx, "n0")
		return err == nil && count == 1 && read.String() == "memory" && !i.silence.now.Load()
	}, testTimeout, tick)
}
