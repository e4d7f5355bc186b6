package resident

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	"followgraph/internal/commit"
)

// BenchmarkCollect measures what garbage costs beside a graph, by the percentage of garbage collection: CPU time of the
// collector per megabyte of garbage, of objects as requests leave them.
//
//	go test ./internal/resident -run '^$' -bench Collect
func BenchmarkCollect(b *testing.B) {
	const users = 100_000
	builder := NewBuilder()
	fillBench(builder, users, 20, benchIDs(users))
	g := builder.Graph(commit.Position{})
	builder = nil
	for _, percent := range []int{50, 100, 200, 400} {
		b.Run(fmt.Sprintf("GOGC=%d", percent), func(b *testing.B) {
			old := debug.SetGCPercent(percent)
			defer debug.SetGCPercent(old)
			runtime.GC()
			cpu := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/gc/cycles/total:gc-cycles"}}
			metrics.Read(cpu)
			before, cycles := cpu[0].Value.Float64(), cpu[1].Value.Uint64()
			var kept [64][]byte
			for b.Loop() {
				for i := range 1024 { // a megabyte
					kept[i%len(kept)] = make([]byte, 1024)
				}
			}
			runtime.GC() // the times are those of complete collections
			metrics.Read(cpu)
			b.ReportMetric((cpu[0].Value.Float64()-before)/float64(b.N)*1e6, "gc-µs/MB")
			b.ReportMetric((cpu[0].Value.Float64()-before)/float64(cpu[1].Value.Uint64()-cycles)*1e3, "gc-ms/cycle")
			runtime.KeepAlive(kept)
		})
	}
	b.ReportMetric(float64(g.Size().Total())/1e6, "MB-graph")
	runtime.KeepAlive(g)
}
