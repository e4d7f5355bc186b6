package resident

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/page"
)

// TestSearchIsBounded reads all pages of searches under limits that make each way of reading necessary, and expects the
// same answers.
func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	b := NewBuilder()
	addSample(t, b)
	v := b.Graph(commit.Position{}).Version()
	read := func(limits searchLimits, query string, backward bool) (ids []string) {
		limited := *v
		limited.limits = limits
		request := page.Request{Limit: 90, Backward: backward}
		for {
			pages, err := limited.Pages(t.Context(), []model.ConnectionKey{{Kind: page.Search, Query: query, Page: request}})
			require.NoError(t, err)
			edges := pages[0]
			for i := range min(len(edges), request.Limit) {
				ids = append(ids, edges[i].UserID)
			}
			if len(edges) <= request.Limit || len(ids) > 900 {
				return ids
			}
			request.HasCursor, request.Cursor = true, edges[request.Limit-1].Position
		}
	}
	for _, query := range []string{"a", "ma", "maria", "mar sil", "ada byron", "o'connor", "王", "zzz"} {
		for _, backward := range []bool{false, true} {
			want := read(searchLimits{few: 1e6, many: 1e6}, query, backward)
			for _, limits := range []searchLimits{{few: 0, walked: 1e6, many: 1e6}, {few: 10, walked: 100, many: 1e6}, v.limits} {
				require.Equal(t, want, read(limits, query, backward), "%+v %q backward %t", limits, query, backward)
			}
		}
	}
}

// BenchmarkSearch searches among 200,000 users: for few and many of them, and for two words that many have, but none
// both, which reads as much as a search may. It reports the processor time of one search.
func BenchmarkSearch(b *testing.B) {
	builder := NewBuilder()
	for i := range 200_000 {
		builder.User(benchUser(i))
	}
	v := builder.Graph(commit.Position{}).Version()
	for _, query := range []string{"user0001234", "first7", "u", "first1 last", "user01 user00"} {
		b.Run(fmt.Sprintf("query=%s", query), func(b *testing.B) {
			keys := []model.ConnectionKey{{Kind: page.Search, Query: query, Page: page.Request{Limit: 20}}}
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				if _, err := v.Pages(b.Context(), keys); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(processorTime()-before)/float64(b.N), "CPU-ns/search")
		})
	}
}
