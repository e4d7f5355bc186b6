package app

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Defaults for the garbage collector. The environment variables GOGC and GOMEMLIMIT take precedence.
const (
	// collectAt is the heap growth, as a percentage of the live heap, that triggers a collection. Requests leave much
	// garbage and a small live heap. Go's default of 100 would collect many times per second to free a few megabytes.
	// With a graph in memory the live heap is large, and memoryPlan chooses the percentage.
	collectAt = 400
	// memoryShare is the heap's share of the memory of the container, or else of the machine. The collector runs more
	// often as the heap approaches it. The rest is for PostgreSQL and for buffers of the operating system.
	memoryShare = 0.5
)

// requestMemory returns the default for --request-memory in bytes: an eighth of the heap's limit. The minimum is enough
// for several large requests, and the maximum is enough for many small ones. Responses that clients have not read yet
// may take the same amount in addition.
func requestMemory() int64 {
	return min(max(debug.SetMemoryLimit(-1)/8, 16<<20), 64<<20)
}

// tuneMemory configures the garbage collector for the memory of the process.
func tuneMemory(ctx context.Context, log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	limit, err := memlimit.Set(
		memlimit.WithRatio(memoryShare),
		memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)),
	)
	if err != nil {
		log.WarnContext(ctx, "the heap is not limited: set GOMEMLIMIT", "error", err)
		return
	}
	log.DebugContext(ctx, "heap limited", "bytes", limit)
}

// Bounds of operationMemory, in bytes.
const (
	minOperationMemory          = 64 << 20
	operationMemoryPerProcessor = 64 << 20
)

// operationMemory returns the default for --max-operation-memory in bytes: a quarter of the heap's limit. The maximum
// is proportional to the number of processors, so that large operations leave processor time for others.
func operationMemory() int64 {
	limit := debug.SetMemoryLimit(-1) // only reads
	return max(minOperationMemory, min(limit/4, operationMemoryPerProcessor*int64(runtime.GOMAXPROCS(0))))
}
