package rehearsal_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// driftsSQL counts the users whose counts differ from the follows. A statement has one snapshot, so any difference
// existed at a commit.
const driftsSQL = `
SELECT count(*) FROM (
  SELECT id FROM (
    SELECT following_id COLLATE "C" AS id, 1 AS followers, 0 AS followings FROM user_follows
    UNION ALL SELECT follower_id COLLATE "C", 0, 1 FROM user_follows
    UNION ALL SELECT user_id COLLATE "C", -followers_count, -followings_count FROM user_follow_stats
  ) step GROUP BY id HAVING sum(followers) <> 0 OR sum(followings) <> 0
) drift`

// counts compares the counts with the follows in the background.
type counts struct {
	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	checks int
	worst  int64
	faults []string
}

// watchCounts starts the comparison. It pauses four times as long as a comparison takes, because a reader without
// pauses would block all locks of a step.
func watchCounts(t *testing.T, address string) *counts {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	c := &counts{stop: stop}
	c.done.Go(func() { c.watch(ctx, withParameter(t, address, "application_name", "rehearsal counts")) })
	t.Cleanup(c.end)
	return c
}

func (c *counts) watch(ctx context.Context, address string) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		c.fault(ctx, err)
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for ctx.Err() == nil {
		began := time.Now()
		var drifts int64
		// The simple protocol prepares nothing: a cached plan would fail after the exchange of a table.
		err := conn.QueryRow(ctx, driftsSQL, pgx.QueryExecModeSimpleProtocol).Scan(&drifts)
		if err != nil {
			c.fault(ctx, err)
			return
		}
		c.mu.Lock()
		c.checks++
		c.worst = max(c.worst, drifts)
		c.mu.Unlock()
		select {
		case <-time.After(4*time.Since(began) + 20*time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (c *counts) fault(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fmt.Sprintf("counts could not be read: %s", err))
}

// end stops the comparisons.
func (c *counts) end() {
	c.stop()
	c.done.Wait()
}

// result ends the comparisons. It returns their number and the largest number of differences.
func (c *counts) result(t *testing.T) (checks int, worst int64) {
	t.Helper()
	c.end()
	require.Empty(t, c.faults)
	return c.checks, c.worst
}
