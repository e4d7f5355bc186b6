package resident

import (
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"followgraph/internal/commit"
)

// BenchmarkLoadPeak builds graphs, and reports what they take while they are built: the most that was alive, per user
// and follow, with the estimate for them and what is left at the end.
//
//	go test ./internal/resident -run '^$' -bench LoadPeak -benchtime 1x
func BenchmarkLoadPeak(b *testing.B) {
	for _, shape := range []struct {
		name           string
		users, perUser int
	}{{"few follows", 200_000, 2}, {"20 per user", 100_000, 20}, {"100 per user", 30_000, 100}} {
		b.Run(shape.name, func(b *testing.B) {
			for b.Loop() {
				ids := benchIDs(shape.users)
				before := heap()
				old := debug.SetGCPercent(5)
				stop, peak := make(chan struct{}), make(chan float64)
				go func() {
					live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
					most := 0.0
					tick := time.NewTicker(time.Millisecond)
					defer tick.Stop()
					for {
						metrics.Read(live)
						most = max(most, float64(live[0].Value.Uint64()))
						select {
						case <-stop:
							peak <- most
							return
						case <-tick.C:
						}
					}
				}()
				builder := NewBuilder()
				fillBench(builder, shape.users, shape.perUser, ids)
				predicted := builder.Peak()
				g := builder.Graph(commit.Position{})
				close(stop)
				took := <-peak - before
				debug.SetGCPercent(old)
				follows := float64(g.Version().Follows())
				b.ReportMetric(took/1e6, "MB-peak")
				b.ReportMetric(float64(g.Size().Total())/1e6, "MB-at-rest")
				b.ReportMetric(float64(predicted)/1e6, "MB-predicted")
				b.ReportMetric(float64(Estimate(int64(shape.users), int64(follows)))/1e6, "MB-estimate")
			}
		})
	}
}
