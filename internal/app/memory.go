package app

import (
	"context"
	"log/slog"
	"os"
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

// tuneMemory sets the collector up from the memory that the process has.
func tuneMemory(ctx context.Context, log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	limit, err := memlimit.SetGoMemLimitWithOpts(
		memlimit.WithRatio(memoryShare),
		memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)),
	)
	if err != nil {
		log.WarnContext(ctx, "the heap is not limited: set GOMEMLIMIT", "error", err)
		return
	}
	log.DebugContext(ctx, "heap limited", "bytes", limit)
}
