package resident

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/timestamp"
)

// addFans adds users. The first ones follow the same number of the next ones, or of others at a distance.
func addFans(b *Builder, users, fans, each, distance int) {
	ids := benchIDs(users)
	for i := range users {
		b.User(benchUser(i))
	}
	for i := range fans {
		for j := range each {
			b.Follow(&changes.FollowRow{
				ID: int64(i*each + j), FollowerID: []byte(ids[i]), FollowingID: []byte(ids[(i+1+j*distance)%users]), CreatedAt: now + timestamp.Timestamp(j),
			})
		}
	}
}

// BenchmarkAdjacency reads as many follows as one adjacency may: it walks lists that do not lead to the wanted users, walks
// lists until there are as many follows as a result may have, and looks up pairs in lists that are too long to be walked.
//
//	go test ./internal/resident -run '^$' -bench Adjacency
func BenchmarkAdjacency(b *testing.B) {
	id := func(i int) string { return benchUser(i).CognitoID }
	some := func(from, n int) (ids []string) {
		for i := range n {
			ids = append(ids, id(from+i))
		}
		return ids
	}
	near, far, long := NewBuilder(), NewBuilder(), NewBuilder()
	addFans(near, 10_000, 4_000, 250, 1)
	addFans(far, 10_000, 4_000, 250, 37)
	addFans(long, 4_000, 625, 2_000, 1)
	for _, bench := range []struct {
		name                  string
		builder               *Builder
		followers, followings []string
	}{
		{"walks", near, some(0, 4_000), some(6_000, 4_000)},
		{"follows", far, some(0, 4_000), some(0, 4_000)},
		{"lookups", long, some(0, 625), some(700, 200)},
	} {
		v := bench.builder.Graph(commit.Position{}).Version()
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				all, err := v.Adjacency(b.Context(), &model.AdjacencyKey{Followers: bench.followers, Followings: bench.followings})
				require.NoError(b, err)
				lists, follows := 0, 0
				for _, list := range all.Following {
					follows += len(list)
					if list != nil {
						lists++
					}
				}
				b.ReportMetric(float64(lists), "lists")
				b.ReportMetric(float64(follows), "follows")
			}
			b.ReportMetric(float64(processorTime()-before)/float64(b.N)/1e6, "CPU-ms/op")
		})
	}
}
