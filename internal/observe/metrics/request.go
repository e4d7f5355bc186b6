package metrics

import (
	"context"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"followgraph/internal/observe"
)

// requests measures HTTP requests to the GraphQL endpoint.
type requests struct {
	running  prometheus.Gauge
	duration *prometheus.HistogramVec
	received prometheus.Histogram
	sent     prometheus.Histogram
	refused  *prometheus.CounterVec
}

func newRequests(registry prometheus.Registerer) requests {
	r := requests{
		running: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "http_requests_in_flight", Help: "Running requests to the GraphQL endpoint.",
		}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Buckets: latency,
			Help: "Time from a request's header to its response; code is the HTTP status, 0 if the client disconnected.",
		}, []string{"method", "code"}),
		received: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_body_bytes", Help: "Bytes read of request bodies.", Buckets: sizes,
		}),
		sent: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_response_body_bytes", Help: "Bytes sent of response bodies, after compression.", Buckets: sizes,
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_requests_refused_total",
			Help: "Requests rejected to protect the server or other callers: shed, or over the caller's rate limit.",
		}, []string{"reason"}),
	}
	registry.MustRegister(r.running, r.duration, r.received, r.sent, r.refused)
	for _, reason := range []observe.Refusal{observe.Shed, observe.RateLimited} {
		r.refused.WithLabelValues(string(reason)) // exists from the start, like faults
	}
	return r
}

// RequestBegins counts a running request.
func (r *requests) RequestBegins(ctx context.Context, _ string, _ http.Header) context.Context {
	r.running.Inc()
	return ctx
}

// RequestEnds records a finished request.
func (r *requests) RequestEnds(_ context.Context, request observe.Request) {
	r.running.Dec()
	r.duration.WithLabelValues(method(request.Method), strconv.Itoa(request.Status)).Observe(request.Took.Seconds())
	r.received.Observe(float64(request.Read))
	r.sent.Observe(float64(request.Sent))
}

// Refused counts a rejected request.
func (r *requests) Refused(_ context.Context, reason observe.Refusal) {
	r.refused.WithLabelValues(string(reason)).Inc()
}

// method returns the label of a method. Clients can send any method.
func method(sent string) string {
	switch sent {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
		return sent
	default:
		return other
	}
}
