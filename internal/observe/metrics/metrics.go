// Package metrics exports the server's metrics to Prometheus.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"followgraph/internal/observe"
	"followgraph/internal/version"
)

// namespace is the prefix of every metric except those of Go's runtime and the process.
const namespace = "followgraph"

// Metrics holds the metrics of one server in a separate registry. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests
	operations
	subscriptions
	batches
	statements
	accounts
}

var _ observe.Observer = (*Metrics)(nil)

// New returns Metrics whose counters are 0.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build(),
	)
	m.requests = newRequests(m.registry)
	m.operations = newOperations(m.registry)
	m.subscriptions = newSubscriptions(m.registry)
	m.batches = newBatches(m.registry)
	m.statements = newStatements(m.registry)
	m.accounts = newAccounts(m.registry)
	return m
}

// Handler serves all metrics in the format that the scraper requests, by default the text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Gauge adds a gauge. Each scrape calls value, which must be safe for concurrent use.
func (m *Metrics) Gauge(name, help string, labels map[string]string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}

// Counter adds a counter, whose name must end in _total. Each scrape calls value, which must be safe for concurrent
// use.
func (m *Metrics) Counter(name, help string, labels map[string]string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}

// build returns a metric whose labels identify the program. Its value is always 1.
func build() prometheus.Collector {
	program := version.Get()
	labels := prometheus.Labels{"version": program.Version, "revision": program.Commit, "go": program.Go}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the labels identify the program.", ConstLabels: labels,
	})
	info.Set(1)
	return info
}

// latency has the buckets of durations, in seconds. A page usually takes milliseconds, and 10 s is the default
// deadline.
var latency = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// sizes has the buckets of sizes, in bytes: 256 B to 16 MiB.
var sizes = prometheus.ExponentialBuckets(256, 4, 9)
