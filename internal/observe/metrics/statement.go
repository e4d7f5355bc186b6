package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"followgraph/internal/observe"
)

// statements measures all SQL statements.
type statements struct {
	took   *prometheus.HistogramVec
	failed *prometheus.CounterVec
}

func newStatements(registry prometheus.Registerer) statements {
	s := statements{
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "statement_duration_seconds", Buckets: latency,
			Help: "Time of SQL statements, from sending them to reading their last row.",
		}, []string{"statement", "server"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "statement_errors_total",
			Help: "Failed SQL statements; state is PostgreSQL's SQLSTATE, canceled, or connection.",
		}, []string{"statement", "server", "state"}),
	}
	registry.MustRegister(s.took, s.failed)
	return s
}

// Statement counts a statement.
func (s *statements) Statement(_ context.Context, ended observe.Statement) {
	s.took.WithLabelValues(ended.Name, string(ended.Server)).Observe(ended.End.Sub(ended.Begin).Seconds())
	if ended.Failed != "" {
		s.failed.WithLabelValues(ended.Name, string(ended.Server), ended.Failed).Inc()
	}
}
