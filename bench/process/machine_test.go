package process

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMachineCPU(t *testing.T) {
	t.Parallel()
	own, err := CPU(os.Getpid())
	require.NoError(t, err)
	busy, all, err := MachineCPU()
	require.NoError(t, err)
	require.Greater(t, busy, own)
	require.GreaterOrEqual(t, all, busy)
	for range 1000 { // the times never go back
		later, allLater, err := MachineCPU()
		require.NoError(t, err)
		require.GreaterOrEqual(t, later, busy)
		require.GreaterOrEqual(t, allLater, all)
	}
}
