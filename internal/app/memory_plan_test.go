package app

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
)

// TestMemoryPlanStaysWithinTheLimit checks that a graph of the default size, all operations, all requests and the
// garbage that the collector waits for fit into the heap's limit.
func TestMemoryPlanStaysWithinTheLimit(t *testing.T) {
	t.Parallel()
	const mb = int64(1 << 20)
	for _, limit := range []int64{128 * mb, 256 * mb, 512 * mb, 1000 * mb, 2048 * mb, 12_000 * mb, 500_000 * mb} {
		for _, processors := range []int64{1, 2, 16} {
			p := memoryPlan{
				limit: limit, operations: max(minOperationMemory, min(limit/4, operationMemoryPerProcessor*processors)),
				requests: min(max(limit/8, 16*mb), 64*mb), history: liveHistory(limit),
			}
			most := p.graph()
			require.LessOrEqual(t, most, limit/2)
			for _, graph := range []int64{0, mb, most / 10, most / 2, most} {
				percent := int64(p.collectAt(graph))
				require.LessOrEqual(t, percent, int64(collectAt))
				live := programMemory + graph
				if others := p.operations + 2*p.requests + p.history; others+programMemory <= limit*2/3 {
					require.LessOrEqual(t, live+live*percent/100+others, limit, "%d MB, graph of %d MB: %d%%", limit/mb, graph/mb, percent)
				}
				if graph == most && most > 64*mb {
					require.GreaterOrEqual(t, percent, int64(leastCollectAt))
				}
			}
		}
	}
}

func TestMemoryPlan(t *testing.T) {
	t.Parallel()
	const mb = int64(1 << 20)
	p := memoryPlan{limit: 12_288 * mb, operations: 128 * mb, requests: 64 * mb}
	require.Equal(t, 6144*mb, p.graph())
	for graph, percent := range map[int64]int{
		0:         400,
		68 * mb:   400, // 500 MB of garbage
		135 * mb:  306, // 512 MB
		1024 * mb: 193, // 2 GB
		6144 * mb: 94,  // what the limit leaves
	} {
		require.Equal(t, percent, p.collectAt(graph), "%d MB", graph/mb)
	}
	p.limit = 512 * mb
	require.Equal(t, 149, int(p.graph()/mb))
	require.Equal(t, 41, p.collectAt(p.graph()))
	p.history = 16 * mb
	require.Equal(t, 138, int(p.graph()/mb))
	for limit, history := range map[int64]int64{64 * mb: 8, 512 * mb: 16, 2048 * mb: 64, math.MaxInt64: 64} {
		require.Equal(t, history*mb, liveHistory(limit))
	}
	for mode, history := range map[string]int64{config.GraphAuto: 5 * mb, config.GraphMemory: 5 * mb, config.GraphSQL: 0} {
		require.Equal(t, history, newMemoryPlan(config.Serve{Graph: config.Graph{Mode: mode, LiveHistory: 5 << 20}}).history)
	}
	p.limit = math.MaxInt64
	require.EqualValues(t, unlimitedGraph, p.graph())
	require.Equal(t, 400, p.collectAt(0))
}
