package resident

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// BenchmarkNested reads 20 followers of a random user, 10 of each, and 5 of each of these, with their counts, from
// graphs of which the processor can cache more and less.
func BenchmarkNested(b *testing.B) {
	for _, users := range []int{10_000, 100_000, 500_000} {
		var v *Version
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			if v == nil {
				builder := NewBuilder()
				fillBench(builder, users, 20, benchIDs(users))
				v = builder.Graph(commit.Position{}).Version()
			}
			random := rand.New(rand.NewPCG(1, 2))
			total := 0
			var answer []byte
			runtime.LockOSThread() // so that the processor time is that of reading alone
			defer runtime.UnlockOSThread()
			before := threadTime(b)
			for b.Loop() {
				owners := []string{benchUser(random.IntN(users)).CognitoID}
				for _, size := range []int{20, 10, 5} {
					keys := make([]model.ConnectionKey, len(owners))
					for i, owner := range owners {
						keys[i] = model.ConnectionKey{
							Kind: page.Followers, User: owner, Page: page.Request{Limit: size},
							Projection: model.Projection{Users: true, Counts: true},
						}
					}
					pages, err := v.Pages(b.Context(), keys)
					if err != nil {
						b.Fatal(err)
					}
					owners, answer = owners[:0], answer[:0]
					for _, edges := range pages {
						for i := range min(size, len(edges)) {
							user := edges[i].Node
							answer = append(append(append(answer, user.CognitoID...), user.Username...), *user.Firstname...)
							answer = strconv.AppendInt(append(answer, *user.Lastname...), int64(user.Stats.FollowersCount), 10)
							owners = append(owners, edges[i].Node.CognitoID)
						}
					}
				}
				total += len(owners)
			}
			b.ReportMetric(float64(threadTime(b)-before)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(total)/float64(b.N), "users/op")
		})
	}
}

// threadTime returns the processor time of the thread. On a machine with other load, it varies less than the clock.
func threadTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(1, &usage); err != nil { // RUSAGE_THREAD
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
