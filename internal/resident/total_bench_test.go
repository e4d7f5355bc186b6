package resident

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/timestamp"
)

// celebrityGraph has 200,000 users, of whom 20 have 50,000 followers and follow 50,000 users, and one has 190,000
// followers.
var celebrityGraph = sync.OnceValue(func() *Graph {
	const users, many = 200_000, 50_000
	b := NewBuilder()
	ids := benchIDs(users)
	for i := range users {
		b.User(benchUser(i))
	}
	id := int64(0)
	follow := func(follower, following int) {
		if follower != following {
			id++
			b.Follow(&changes.FollowRow{ID: id, FollowerID: []byte(ids[follower]), FollowingID: []byte(ids[following]), CreatedAt: now + timestamp.Timestamp(id)})
		}
	}
	for celebrity := range 20 {
		for i := range many {
			follow((celebrity+i*3)%users, celebrity)
			follow(celebrity, (celebrity+i*2)%users)
		}
	}
	for i := range users {
		if i%19 != 199_999%19 {
			follow(i, users-1)
		}
	}
	return b.Graph(commit.Position{})
})

// BenchmarkTotals counts connections, and reports the processor time of one.
func BenchmarkTotals(b *testing.B) {
	v := celebrityGraph().Version()
	run := func(name string, keys ...model.ConnectionKey) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				if totals, err := v.Totals(b.Context(), keys); err != nil || *totals[0] == 0 {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(processorTime()-before)/float64(b.N*len(keys)), "CPU-ns/total")
		})
	}
	last := benchUser(199_999).CognitoID
	keys := func(n int, key model.ConnectionKey) []model.ConnectionKey {
		all := make([]model.ConnectionKey, n)
		for i := range all {
			all[i] = key
			all[i].User = benchUser(i).CognitoID
		}
		return all
	}
	run("users", model.ConnectionKey{Kind: page.OldestUsers})
	run("friends of 50,000", keys(20, model.ConnectionKey{Kind: page.Friends})...)
	run("followers of 50,000 and 190,000", keys(20, model.ConnectionKey{Kind: page.FollowersInCommon, With: last})...)
	run("following of 50,000 and 50,000", keys(20, model.ConnectionKey{Kind: page.FollowingInCommon, With: benchUser(15).CognitoID})...)
	for _, query := range []string{"user0000077", "first1"} {
		run(fmt.Sprintf("search %s", query), model.ConnectionKey{Kind: page.Search, Query: query})
	}
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
