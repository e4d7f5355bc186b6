package app

import (
	"context"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"followgraph/internal/store"
)

// repairs logs each repair of a user's wrong counts and counts the repairs. The store repairs counts that block a
// change of follows.
type repairs struct {
	log   *slog.Logger
	total atomic.Int64
}

func (r *repairs) record(ctx context.Context, d store.Drift) {
	r.total.Add(1)
	r.log.WarnContext(ctx, "counts repaired: another program had changed them, or the follows", "user", d.UserID,
		"followers", d.Followers, "followers_count", d.FollowersCount, "followings", d.Followings, "followings_count", d.FollowingsCount)
}

const (
	// strayInterval is the pause between two counts of stray rows. After a slow count the pause is 100 times the
	// duration of that count, if this is longer.
	strayInterval = 5 * time.Minute
	// strayTimeout is the time limit of one count.
	strayTimeout = time.Minute
)

// strays holds the result of the last count of stray rows; nil before the first count.
type strays struct {
	last atomic.Pointer[store.AdoptionCounts]
}

// value returns a function that selects a figure of the last count. The function returns NaN before the first count.
func (s *strays) value(of func(*store.AdoptionCounts) int64) func() float64 {
	return func() float64 {
		if last := s.last.Load(); last != nil {
			return float64(of(last))
		}
		return math.NaN()
	}
}

// startCounting counts stray rows now and periodically, until ctx ends or stop is called. stop waits for the end of a
// count.
func startCounting(ctx context.Context, opened *store.Store, log *slog.Logger, result *strays) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			start := time.Now()
			result.count(ctx, opened, log)
			select {
			case <-ctx.Done():
				return
			case <-time.After(max(strayInterval, 100*time.Since(start))):
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (s *strays) count(ctx context.Context, opened *store.Store, log *slog.Logger) {
	limited, cancel := context.WithTimeout(ctx, strayTimeout)
	defer cancel()
	counts, err := opened.AdoptionCounts(limited)
	switch {
	case err == nil:
		s.last.Store(&counts)
	case ctx.Err() == nil:
		log.WarnContext(ctx, "metrics of accounts and follows not updated", "error", err)
	}
}
