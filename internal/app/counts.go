package app

import (
	"context"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"followgraph/internal/store"
)

// repairs are the counts that were repaired because they stood in the way of a change of follows: each is logged, and counted.
type repairs struct {
	log  *slog.Logger
	done atomic.Int64
}

func (r *repairs) told(ctx context.Context, d store.Drift) {
	r.done.Add(1)
	r.log.WarnContext(ctx, "counts repaired: something else had changed them, or the follows", "user", d.UserID,
		"followers", d.Followers, "followers_count", d.FollowersCount, "followings", d.Followings, "followings_count", d.FollowingsCount)
}

const (
	// strayInterval is how often stray rows are counted, unless counting takes more than a hundredth of that.
	strayInterval = 5 * time.Minute
	// strayTimeout bounds one count.
	strayTimeout = time.Minute
)

// strays is what was counted last; nil before the first time.
type strays struct {
	last atomic.Pointer[store.AdoptionCounts]
}

// value returns a figure of the last count, not a number before the first one.
func (s *strays) value(of func(*store.AdoptionCounts) int64) func() float64 {
	return func() float64 {
		if last := s.last.Load(); last != nil {
			return float64(of(last))
		}
		return math.NaN()
	}
}

// startCounting counts stray rows now and from time to time, until ctx ends or the function that it returns is called, which waits
// for the end.
func startCounting(ctx context.Context, opened *store.Store, log *slog.Logger, counted *strays) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			began := time.Now()
			counted.count(ctx, opened, log)
			select {
			case <-ctx.Done():
				return
			case <-time.After(max(strayInterval, 100*time.Since(began))):
			}
		}
	}()
	return func() { cancel(); <-ended }
}

func (s *strays) count(ctx context.Context, opened *store.Store, log *slog.Logger) {
	limited, cancel := context.WithTimeout(ctx, strayTimeout)
	defer cancel()
	found, err := opened.AdoptionCounts(limited)
	switch {
	case err == nil:
		s.last.Store(&found)
	case ctx.Err() == nil:
		log.WarnContext(ctx, "metrics of accounts and follows are as old as before", "error", err)
	}
}
