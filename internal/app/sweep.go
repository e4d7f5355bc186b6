package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"followgraph/internal/store"
)

// sweepInterval is how soon a deletion that was interrupted goes on: on another instance, or after a start.
const sweepInterval = 10 * time.Second

// swept is what became of sweeps.
type swept struct{ done, failed, removed atomic.Int64 }

// startSweeping goes on with interrupted deletions of accounts, now and from time to time, until ctx ends or the
// function that it returns is called, which waits for the end.
func startSweeping(ctx context.Context, opened *store.Store, log *slog.Logger, count *swept) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
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
				log.WarnContext(ctx, "follows of deleted accounts remain: trying again", "removed", removed, "error", err)
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
	return func() { cancel(); <-ended }
}
