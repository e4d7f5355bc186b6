package mirror

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/limit"
	"followgraph/internal/store"
)

// TestReadsThatWaitLeaveTheirStandby ends the reads of a standby while one of them waits for its turn, so that it has sent
// no statement that fails. The primary has to answer it, unless its own operation ended.
func TestReadsThatWaitLeaveTheirStandby(t *testing.T) {
	t.Parallel()
	server := newReplica(1, new(store.Replica), nil)
	turn := limit.NewMutex()
	require.NoError(t, turn.Lock(t.Context()))
	waiting := func(ctx context.Context, end func()) error {
		_, err := tryStandby(ctx, &standbyRead{chosen: chosen{replica: server, known: new(replicaKnown)}},
			func(ctx context.Context, _ *store.ReplicaRead) (struct{}, error) {
				end()
				return struct{}{}, turn.Lock(ctx)
			})
		return err
	}
	var declined *store.ReplicaError
	require.ErrorAs(t, waiting(t.Context(), *server.ended.Load()), &declined)
	require.Equal(t, store.ReplicaFailed, declined.Reason)

	server.begin()
	ctx, leave := context.WithCancel(t.Context())
	err := waiting(ctx, leave)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorAs(t, err, &declined)
}
