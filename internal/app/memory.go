package app

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// How the server uses the memory that it has, unless the environment says otherwise with GOGC and GOMEMLIMIT.
const (
	// collectAt is how far the heap grows, in per cent of what was live, before garbage is collected. A request leaves
	// much garbage and little that lives: Go's own 100 would collect many times a second to keep some megabytes free.
	collectAt = 400
	// memoryShare is the part of the memory, of the container or else of the machine, that the heap stays below:
	// the closer it comes, the more often garbage is collected. The rest is left to PostgreSQL beside it, and to buffers
	// of the system's.
	memoryShare = 0.5
)

// requestMemory returns how many bytes requests may take where the configuration does not say: an eighth of the heap's
// limit, but enough for some large requests and no more than many small ones need. Answers that clients have not taken
// may take as many again.
func requestMemory() int64 {
	return min(max(debug.SetMemoryLimit(-1)/8, 16<<20), 64<<20)
}

// tuneMemory sets the collector up from the memory that the process has.
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

// The bounds of what operations hold together, in bytes.
const (
	leastOperationMemory        = 64 << 20
	operationMemoryPerProcessor = 64 << 20
)

// operationMemory is what all operations may hold together: a part of the memory that the heap stays below, and no more
// than the processors can work on at once, so that large operations leave time for others.
func operationMemory() int64 {
	limit := debug.SetMemoryLimit(-1) // only asks
	return max(leastOperationMemory, min(limit/4, operationMemoryPerProcessor*int64(runtime.GOMAXPROCS(0))))
}
