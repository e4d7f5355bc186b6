package executor_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/internal/executor"
	"followgraph/internal/executor/internal/zoo"
)

const (
	threeLevels = `{ keeper(id: 1) { ...K reports(first: 20) { ...K reports(first: 10) { ...K reports(first: 5) { ...K } } } } }
		fragment K on Keeper { id name temper since place { name open } }`
	nodes = 1 + 20 + 20*10 + 20*10*5
)

// BenchmarkExecute answers three levels of objects, 1,221 in all, from memory. Only the list of each level has a
// resolver.
func BenchmarkExecute(b *testing.B) {
	someone := keeper(7)
	someone.Temper, someone.Since, someone.Place.Name = zoo.MoodCalm, time.Now(), "a place"
	list := make([]zoo.Keeper, 20)
	for i := range list {
		list[i] = *someone
	}
	execs := newStubs(stub{
		keeper: func(context.Context, string) (*zoo.Keeper, error) { return someone, nil },
		reports: func(_ context.Context, of []*zoo.Keeper, first int) ([][]zoo.Keeper, error) {
			reports := make([][]zoo.Keeper, len(of))
			for i := range reports {
				reports[i] = list[:first]
			}
			return reports, nil
		},
	})
	execs["gqlgen"].SetQueryCache(executor.NewDocuments()) // like the compiled executor: parsing is not measured
	for _, name := range []string{"compiled", "gqlgen"} {
		exec := execs[name]
		b.Run(name, func(b *testing.B) {
			run := func(look func(data []byte)) {
				ctx, release := executor.WithBuffer(graphql.StartOperationTrace(b.Context()))
				defer release()
				operation, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: threeLevels})
				require.Empty(b, errs)
				responses, ctx := exec.DispatchOperation(ctx, operation)
				look(responses(ctx).Data)
			}
			run(func(data []byte) { require.Equal(b, nodes, bytes.Count(data, []byte(`"temper"`))) })
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			b.ReportAllocs()
			for b.Loop() {
				run(func([]byte) {})
			}
			runtime.ReadMemStats(&after)
			each := float64(b.N * nodes)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/each, "ns/node")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/each, "allocs/node")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/each, "B/node")
		})
	}
}
