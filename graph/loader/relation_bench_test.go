package loader

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkLoad loads the pages of the 200 users of a level from memory: the cost of batching without the statement.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	keys := make([]pageKey, 200)
	for i := range keys {
		keys[i] = pageKey{owner: fmt.Sprintf("8c0e4a1e-5b1f-4d0c-9f6e-%012d", i)}
	}
	fetch := func(_ context.Context, keys []pageKey) ([]int, error) { return make([]int, len(keys)), nil }
	for b.Loop() {
		r := newRelation(operation(b.Context(), len(keys)), "things", fetch)
		if _, err := r.load(b.Context(), len(keys), keys...); err != nil {
			b.Fatal(err)
		}
		r.dispatcher.settle(len(keys))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/key")
}
