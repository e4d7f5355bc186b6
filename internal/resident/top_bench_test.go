package resident

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// BenchmarkTop reads the most followed followers of a user with many followers, and looks up the 1,000 most followed
// users in a longer list until it has them all, in a graph of 100,000 users.
//
//	go test ./internal/resident -run '^$' -bench Top
func BenchmarkTop(b *testing.B) {
	const users, scan = 100_000, 1_000
	builder := NewBuilder()
	ids := benchIDs(users)
	fillBench(builder, users, 20, ids)
	v := builder.Graph(commit.Position{}).Version()
	var longest *node
	for number := range v.numbers {
		if n := v.node(number); longest == nil || n.followers.len() > longest.followers.len() {
			longest = n
		}
	}
	id := longest.user.CognitoID
	b.Logf("%d followers", longest.followers.len())
	for name, key := range map[string]model.TopKey{
		"list":      {UserID: id, Kind: page.Followers, Limit: 100, Scan: longest.followers.len()},
		"followers": {UserID: id, Kind: page.Followers, Limit: users, Scan: min(scan, longest.followers.len()-1)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				lists, err := v.Top(b.Context(), []model.TopKey{key})
				require.NoError(b, err)
				require.NotEmpty(b, lists[0].CognitoIDs)
			}
			b.ReportMetric(float64(processorTime()-before)/float64(b.N), "CPU-ns/list")
		})
	}
}
