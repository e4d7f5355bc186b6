package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/localpg"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/store/migrate"
)

// BenchmarkFollow makes 32 callers follow as fast as possible, on a durable server. Among 10,000 users, each follows a
// random user, or all follow one celebrity. Each follow is a separate statement, or follows are written in batches.
func BenchmarkFollow(b *testing.B) {
	const callers, users = 32, 10_000
	server, err := localpg.Open(b.Context(), localpg.Options{Dir: filepath.Join(b.TempDir(), "postgresql"), Durable: true})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, server.Close(context.WithoutCancel(b.Context()))) })
	url := server.URL(localpg.DatabaseName)
	_, err = migrate.Up(b.Context(), url)
	require.NoError(b, err)
	conn := connect(b, url)
	makeAccounts(b, conn, users)
	run(b, conn, "VACUUM ANALYZE")

	random := rand.New(rand.NewPCG(1, 2))
	graphs := map[string]func(n int) model.FollowKey{
		"pairs": func(int) model.FollowKey {
			follower := random.IntN(users)
			return pair("n"+strconv.Itoa(follower), "n"+strconv.Itoa((follower+1+random.IntN(users-1))%users))
		},
		"celebrity": func(n int) model.FollowKey { return pair("n"+strconv.Itoa(1+n%(users-1)), "n0") },
	}
	for _, graph := range []string{"pairs", "celebrity"} {
		for _, most := range []int{1, 0} {
			b.Run(fmt.Sprintf("%s/most=%d", graph, most), func(b *testing.B) {
				if graph == "celebrity" && b.N >= users {
					b.Fatal("more follows than there are users")
				}
				run(b, conn, "TRUNCATE user_follows, user_follow_stats")
				db, err := store.Open(b.Context(), url, store.Options{MaxFollowBatch: most})
				require.NoError(b, err)
				defer db.Close()
				importFollows(b, db, ring(users, 3), store.ImportOptions{}) // and ANALYZE: plans for empty tables differ
				keys := make(chan model.FollowKey, b.N)
				for n := range b.N {
					keys <- graphs[graph](n)
				}
				close(keys)
				var all sync.WaitGroup
				b.ResetTimer()
				for range callers {
					all.Go(func() {
						for key := range keys {
							if _, err := db.Follow(b.Context(), key); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "follows/s")
				b.StopTimer()
				require.Empty(b, drifts(b, db))
			})
		}
	}
}

// BenchmarkFollowAlone is a single caller: batching must not cost it anything.
func BenchmarkFollowAlone(b *testing.B) {
	server, err := localpg.Open(b.Context(), localpg.Options{Dir: filepath.Join(b.TempDir(), "postgresql"), Durable: true})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, server.Close(context.WithoutCancel(b.Context()))) })
	url := server.URL(localpg.DatabaseName)
	_, err = migrate.Up(b.Context(), url)
	require.NoError(b, err)
	makeAccounts(b, connect(b, url), 2)
	for _, most := range []int{1, 0} {
		b.Run(fmt.Sprintf("most=%d", most), func(b *testing.B) {
			db, err := store.Open(b.Context(), url, store.Options{MaxFollowBatch: most})
			require.NoError(b, err)
			defer db.Close()
			for b.Loop() {
				if _, err := db.Follow(b.Context(), pair("n0", "n1")); err != nil {
					b.Fatal(err)
				}
				if _, err := db.Unfollow(b.Context(), pair("n0", "n1")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
