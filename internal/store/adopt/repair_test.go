package adopt_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestRepairCounts repairs all kinds of wrong counts, and retries the rows that another session had locked.
func TestRepairCounts(t *testing.T) {
	t.Parallel()
	for name, build := range countedDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := build(t)
			conn, other := connect(t, url), connect(t, url)
			exec(t, conn, graph)
			exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) SELECT 'p' || n, 'p' || (n * 7) % 1000 FROM generate_series(1, 999) n WHERE n <> (n * 7) % 1000;
				INSERT INTO user_follow_stats (user_id, followers_count, followings_count) SELECT 'p' || n, n % 3, 1 FROM generate_series(1, 800) n ON CONFLICT (user_id) DO UPDATE SET followers_count = excluded.followers_count`)
			if strings.HasPrefix(name, "old") {
				exec(t, conn, `UPDATE user_follow_stats SET followers_count = -1 WHERE user_id = 'p3'`)
			}
			if strings.HasSuffix(name, "schema") {
				exec(t, conn, `UPDATE user_follow_stats SET followers_count = NULL WHERE user_id IN ('p4', 'p5')`)
			}
			exec(t, other, `BEGIN; SELECT FROM user_follow_stats WHERE user_id = 'p6' FOR UPDATE; INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('p900', 0, 0) ON CONFLICT DO NOTHING`)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var schema string
			require.NoError(t, conn.QueryRow(ctx, `SELECT current_schema()`).Scan(&schema))
			waiting, released := make(chan struct{}), make(chan struct{})
			go func() { // the other lets go once all that it has not locked is done
				defer close(released)
				<-waiting
				_, err := other.Exec(context.WithoutCancel(t.Context()), `COMMIT`)
				if err != nil {
					t.Error(err)
				}
			}()
			once, calls, last := sync.Once{}, 0, int64(0)
			repaired, err := adopt.RepairCounts(ctx, conn, schema, func(done, _ int64) {
				require.GreaterOrEqual(t, done, last)
				if calls++; done == last && done > 0 && calls > 2 {
					once.Do(func() { close(waiting); <-released })
				}
				last = done
			})
			require.NoError(t, err)
			require.Positive(t, repaired)
			differing, err := drifted(t.Context(), conn)
			require.NoError(t, err)
			require.Empty(t, differing)
			repaired, err = adopt.RepairCounts(ctx, conn, schema, nil)
			require.NoError(t, err)
			require.Zero(t, repaired)
		})
	}
}
