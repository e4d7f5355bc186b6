package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"followgraph/internal/observe"
)

// batches measures batches of lookups and groups of writes.
type batches struct {
	waves   prometheus.Counter
	overdue prometheus.Counter
	keys    *prometheus.HistogramVec
	group   *prometheus.HistogramVec
}

func newBatches(registry prometheus.Registerer) batches {
	b := batches{
		waves: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "loader_waves_total", Help: "Rounds of batches sent in parallel.",
		}),
		overdue: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "loader_overdue_waves_total",
			Help: "Rounds of batches sent by the safety timer because announced lookups did not arrive: a fault of the server.",
		}),
		keys: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "loader_batch_keys", Help: "Distinct keys per batch of lookups.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000},
		}, []string{"relation"}),
		group: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "group_commit_writes", Help: "Writes per statement.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11), // to 1024
		}, []string{"statement"}),
	}
	registry.MustRegister(b.waves, b.overdue, b.keys, b.group)
	return b
}

// Wave counts a wave.
func (b *batches) Wave(context.Context, int) { b.waves.Inc() }

// Overdue counts a wave that waited for the safety timer.
func (b *batches) Overdue(context.Context, int) { b.overdue.Inc() }

// BatchBegins does nothing.
func (b *batches) BatchBegins(ctx context.Context, _ observe.Batch) context.Context { return ctx }

// BatchEnds counts a batch.
func (b *batches) BatchEnds(_ context.Context, batch observe.Batch, _ error) {
	b.keys.WithLabelValues(batch.Relation).Observe(float64(batch.Keys))
}

// GroupBegins does nothing.
func (b *batches) GroupBegins(ctx context.Context, _ observe.Group) context.Context { return ctx }

// GroupEnds counts a group of writes.
func (b *batches) GroupEnds(_ context.Context, g observe.Group, _ error) {
	b.group.WithLabelValues(g.Name).Observe(float64(g.Keys))
}
