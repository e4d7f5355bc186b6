package store

import (
	"fmt"
	"testing"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// BenchmarkPages reads the last level of a nested query: pages of 5 followers with counts, of 1 user and of 200 users.
func BenchmarkPages(b *testing.B) {
	s := openFilled(b, crowd)
	for _, users := range []int{1, 200} {
		keys := make([]model.ConnectionKey, users)
		for i := range keys {
			keys[i] = model.ConnectionKey{Kind: page.Followers, User: fmt.Sprintf("u%d", 50*i+3),
				Page: page.Request{Limit: 5}, Projection: model.Projection{Users: true, Counts: true}}
		}
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			b.ReportAllocs()
			edges := 0
			for b.Loop() {
				pages, err := s.Pages(b.Context(), keys)
				if err != nil {
					b.Fatal(err)
				}
				edges = 0
				for _, edgesOfPage := range pages {
					edges += len(edgesOfPage)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*edges), "ns/edge")
		})
	}
}
