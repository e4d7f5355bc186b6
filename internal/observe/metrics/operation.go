package metrics

import (
	"cmp"
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
)

// Maximum numbers of values of labels.
const (
	maxOperations = 500 // names of operations, of trusted documents
	maxCodes      = 64
)

// operations measures operations.
type operations struct {
	names, codes *label
	ended        *prometheus.CounterVec
	faults       map[string]prometheus.Counter // by code
	duration     *prometheus.HistogramVec
	cost         *prometheus.HistogramVec
	perOperation *prometheus.HistogramVec
	bytes        *prometheus.HistogramVec
}

func newOperations(registry prometheus.Registerer) operations {
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	}
	o := operations{
		names: newLabel(maxOperations),
		codes: newLabel(maxCodes),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "operations_total",
			Help: "Operations, executed or rejected; code is OK or the code of the most severe error.",
		}, []string{"operation", "type", "code"}),
		duration: histogram("operation_duration_seconds", "Time of executed operations, including parsing and validation.", latency, "operation", "type"),
		cost: histogram("operation_cost", "Cost of operations, including rejected ones.",
			prometheus.ExponentialBuckets(1, 4, 11), "type"), // to 1,048,576
		perOperation: histogram("operation_statements", "SQL statements of executed operations.",
			[]float64{0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64}, "type"),
		bytes: histogram("operation_data_bytes", "Bytes of executed operations' data, before compression.", sizes, "type"),
	}
	faults := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "operation_faults_total", Help: "Operations that failed because of a fault of the server.",
	}, []string{"code"})
	o.faults = map[string]prometheus.Counter{}
	for _, code := range []apperr.Code{apperr.Internal, apperr.DatabaseMismatch, apperr.Unavailable, apperr.Timeout} {
		// The series exists from the start: Prometheus sees no increase in a series that starts with the first fault.
		o.faults[string(code)] = faults.WithLabelValues(string(code))
	}
	registry.MustRegister(faults, o.ended, o.duration, o.cost, o.perOperation, o.bytes)
	return o
}

// OperationBegins does nothing.
func (o *operations) OperationBegins(ctx context.Context) context.Context { return ctx }

// OperationEnds counts an operation.
func (o *operations) OperationEnds(_ context.Context, ended observe.Operation) {
	name, kind := o.name(ended), cmp.Or(ended.Type, "unknown")
	o.ended.WithLabelValues(name, kind, o.codes.of(cmp.Or(ended.Code, "OK"))).Inc()
	if fault, ok := o.faults[ended.Code]; ok {
		fault.Inc()
	}
	if ended.Cost > 0 {
		o.cost.WithLabelValues(kind).Observe(float64(ended.Cost))
	}
	if !ended.Ran {
		return
	}
	o.duration.WithLabelValues(name, kind).Observe((ended.Took - ended.Delayed).Seconds())
	o.perOperation.WithLabelValues(kind).Observe(float64(ended.Statements))
	o.bytes.WithLabelValues(kind).Observe(float64(ended.Bytes))
}

// name returns the label of an operation. All untrusted documents share one, whatever the names of their operations.
func (o *operations) name(ended observe.Operation) string {
	switch {
	case !ended.Trusted:
		return other
	case ended.Name == "":
		return "anonymous"
	default:
		return o.names.of(ended.Name)
	}
}
