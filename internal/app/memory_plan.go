package app

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"time"

	"followgraph/internal/config"
	"followgraph/internal/mirror"
	"followgraph/internal/resident"
)

// memoryPlan divides the heap's limit, in bytes, so that all parts together stay within it.
type memoryPlan struct {
	limit      int64 // of the heap
	operations int64 // --max-operation-memory
	requests   int64 // --request-memory: requests take it, and responses that clients have not read as much again
	history    int64 // --live-history; 0 without the graph in memory
}

func newMemoryPlan(serve config.Serve) memoryPlan {
	p := memoryPlan{
		limit:      debug.SetMemoryLimit(-1),
		operations: cmp.Or(int64(serve.Limits.MaxMemory), operationMemory()),
		requests:   cmp.Or(int64(serve.Load.RequestMemory), requestMemory()),
	}
	if serve.Graph.Mode != config.GraphSQL {
		p.history = cmp.Or(int64(serve.Graph.LiveHistory), liveHistory(p.limit))
	}
	return p
}

// The default for --live-history: a thirty-second of the heap's limit, between these bounds. A change takes 100 to 500
// bytes (BenchmarkMemory of package live), so 64 MiB hold those of at least two minutes at 1,000 follows a second, and of
// hours in usual operation. That is longer than a restart, a redeployment or the loss of a mobile network takes.
const (
	minLiveHistory = 8 << 20
	maxLiveHistory = 64 << 20
)

func liveHistory(limit int64) int64 { return min(max(limit/32, minLiveHistory), maxLiveHistory) }

const (
	// programMemory is what the program takes beside its other parts: caches of documents, plans and accounts.
	programMemory = 32 << 20
	// unlimitedGraph is the graph's memory if the heap has no limit.
	unlimitedGraph = 1 << 30
)

// left returns what remains for the graph and for garbage.
func (p memoryPlan) left() int64 {
	return max(0, p.limit-programMemory-p.operations-2*p.requests-p.history)
}

// graph returns the default for --graph-memory: two thirds of what the other parts leave, so that garbage can take half
// of the graph's size, and at most half of the limit.
func (p memoryPlan) graph() int64 {
	if p.limit == math.MaxInt64 {
		return unlimitedGraph
	}
	return max(1, min(p.limit/2, p.left()/3*2))
}

// graphFor returns the maximum memory of the graph: the configured one, otherwise the default.
func (p memoryPlan) graphFor(c config.Graph) int64 { return cmp.Or(int64(c.Memory), p.graph()) }

const (
	// plainGarbage is the garbage that may collect beside a small graph.
	plainGarbage = 512 << 20
	// leastCollectAt bounds the share of time that collections take if the graph leaves no memory for garbage. The
	// heap's limit then makes them more frequent.
	leastCollectAt = 25
)

// collectAt returns the percentage for the garbage collector beside a graph. The cost of a collection grows with the
// graph, so garbage may take twice the graph's size: then collections of 100 MB of garbage take about 15 ms of CPU time,
// whatever the size of the graph (BenchmarkCollect of package resident). It takes less if the limit leaves less.
func (p memoryPlan) collectAt(graph int64) int {
	live := programMemory + graph
	garbage := max(min(collectAt*live/100, plainGarbage), 2*graph)
	garbage = min(garbage, max(0, p.left()-graph))
	return int(max(leastCollectAt, 100*garbage/live))
}

// collectFor returns the graph's memory that the percentage has to fit: of the graph, or of the rows of a load so far.
func collectFor(s mirror.Status) int64 {
	if s.Loading {
		return max(s.Size.Total(), resident.Estimate(int64(s.Users), int64(s.Follows)))
	}
	return s.Size.Total()
}

// collectEvery is how often the size of the graph is looked at.
const collectEvery = time.Second

// adaptCollector fits the garbage collector to the graph, when its size changes, until ctx ends.
func (p memoryPlan) adaptCollector(ctx context.Context, m *mirror.Mirror, log *slog.Logger) {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent := collectAt
	tick := time.NewTicker(collectEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		graph := collectFor(m.Status())
		next := p.collectAt(graph)
		if change := next - percent; 10*max(change, -change) < percent {
			continue // setting it stops all goroutines for a moment
		}
		percent = next
		debug.SetGCPercent(next)
		log.DebugContext(ctx, "garbage collection fitted to the graph", "percent", next, "graph_bytes", graph)
	}
}
