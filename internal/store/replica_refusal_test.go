package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/observe"
)

// TestRefusedReplica reads from a standby that accepts no more connections: the reads fail at once, for the primary to
// answer, and the server gets few attempts to connect.
func TestRefusedReplica(t *testing.T) {
	t.Parallel()
	s, setLimit := limitedStore(t, -1)
	r, err := OpenReplica(t.Context(), s.pool.Config().ConnString(), Options{MaxConns: 8, Observer: observe.Nothing{}})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	state, err := r.State(t.Context())
	require.NoError(t, err)
	setLimit(0)
	r.pool.Reset()
	attempts := func() int64 { return r.pool.growth.refused.Load() }
	for range 200 {
		_, err := r.Read(state.Server, 0, func(uint64, uint64) {}).Users(t.Context(), []model.UserKey{{CognitoID: "ada"}})
		var declined *ReplicaError
		require.ErrorAs(t, err, &declined)
		require.Equal(t, ReplicaFailed, declined.Reason)
	}
	require.Positive(t, attempts())
	require.Less(t, attempts(), int64(100))
	setLimit(-1)
}
