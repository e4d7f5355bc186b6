// Package metrics counts what the server does, for Prometheus.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"followgraph/internal/observe"
	"followgraph/internal/version"
)

// namespace begins the name of every metric but those of Go's runtime and the process.
const namespace = "followgraph"

// Metrics is one server's, in a registry of its own. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests
	operations
	batches
	statements
	accounts
}

var _ observe.Observer = (*Metrics)(nil)

// New makes Metrics that have counted nothing yet.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build(),
	)
	m.requests = newRequests(m.registry)
	m.operations = newOperations(m.registry)
	m.batches = newBatches(m.registry)
	m.statements = newStatements(m.registry)
	m.accounts = newAccounts(m.registry)
	return m
}

// Handler answers with all metrics, in the text format or whichever the scraper asks for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Gauge adds a metric that goes up and down. Its value is asked for at each scrape, and must be safe to.
func (m *Metrics) Gauge(name, help string, labels map[string]string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}

// Counter adds a metric that only goes up, asked for as Gauge's. Its name ends in _total.
func (m *Metrics) Counter(name, help string, labels map[string]string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}

// build is a metric that tells which program this is: its value is always 1.
func build() prometheus.Collector {
	this := version.Get()
	labels := prometheus.Labels{"version": this.Version, "revision": this.Commit, "go": this.Go}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "1; the labels tell which program this is.", ConstLabels: labels,
	})
	info.Set(1)
	return info
}

// latency is the buckets of durations, in seconds: a page in milliseconds is the rule, and 10 s the default deadline.
var latency = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// sizes is the buckets of sizes, in bytes: 256 B to 16 MiB.
var sizes = prometheus.ExponentialBuckets(256, 4, 9)
