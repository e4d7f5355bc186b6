package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"followgraph/internal/store"
)

// sweepInterval is the maximum delay before an interrupted deletion continues, on another instance or after a restart.
const sweepInterval = 10 * time.Second

// sweepCounts counts sweeps by result, and the follows that they removed.
type sweepCounts struct{ done, failed, removed atomic.Int64 }

// startSweeping continues interrupted deletions of accounts, now and periodically, until ctx ends or stop is called.
// stop waits for the end of a sweep.
func startSweeping(ctx context.Context, opened *store.Store, log *slog.Logger, count *sweepCounts) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(sweepInterval)
		defer tick.Stop()
		for {
			removed, err := opened.Sweep(ctx)
			count.removed.Add(int64(removed))
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				count.failed.Add(1)
				log.WarnContext(ctx, "removing follows of deleted accounts failed: will retry", "removed", removed, "error", err)
			case removed > 0:
				count.done.Add(1)
				log.InfoContext(ctx, "follows of deleted accounts removed", "removed", removed)
			default:
				count.done.Add(1)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() { cancel(); <-done }
}
