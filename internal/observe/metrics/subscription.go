package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"followgraph/internal/observe"
)

// subscriptions measures subscriptions, by transport.
type subscriptions struct {
	open     *prometheus.GaugeVec
	ended    *prometheus.CounterVec
	lifetime *prometheus.HistogramVec
	events   *prometheus.CounterVec
	bytes    *prometheus.CounterVec
}

// lifetimes has the buckets of the lifetimes of subscriptions, in seconds: a second to a day.
var lifetimes = []float64{1, 10, 60, 600, 3600, 21_600, 86_400}

func newSubscriptions(registry prometheus.Registerer) subscriptions {
	s := subscriptions{
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "subscriptions", Help: "Open subscriptions.",
		}, []string{"transport"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "subscriptions_ended_total", Help: "Subscriptions that have ended, by reason.",
		}, []string{"transport", "reason"}),
		lifetime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "subscription_duration_seconds", Help: "Lifetimes of subscriptions that have ended.", Buckets: lifetimes,
		}, []string{"transport"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "subscription_events_total", Help: "Events that were written to connections.",
		}, []string{"transport"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "subscription_bytes_total", Help: "Bytes of these events, with the framing of their transport.",
		}, []string{"transport"}),
	}
	registry.MustRegister(s.open, s.ended, s.lifetime, s.events, s.bytes)
	for _, transport := range observe.Transports { // all exist from the start
		s.open.WithLabelValues(string(transport))
		s.lifetime.WithLabelValues(string(transport))
		s.events.WithLabelValues(string(transport))
		s.bytes.WithLabelValues(string(transport))
		for _, reason := range observe.SubscriptionEnds {
			s.ended.WithLabelValues(string(transport), string(reason))
		}
	}
	return s
}

// SubscriptionBegins counts an open subscription.
func (s *subscriptions) SubscriptionBegins(_ context.Context, transport observe.Transport) {
	s.open.WithLabelValues(string(transport)).Inc()
}

// SubscriptionSent counts an event.
func (s *subscriptions) SubscriptionSent(_ context.Context, transport observe.Transport, bytes int) {
	s.events.WithLabelValues(string(transport)).Inc()
	s.bytes.WithLabelValues(string(transport)).Add(float64(bytes))
}

// SubscriptionEnds counts a subscription that has ended.
func (s *subscriptions) SubscriptionEnds(_ context.Context, ended observe.Subscription) {
	s.open.WithLabelValues(string(ended.Transport)).Dec()
	s.ended.WithLabelValues(string(ended.Transport), string(ended.End)).Inc()
	s.lifetime.WithLabelValues(string(ended.Transport)).Observe(ended.Took.Seconds())
}
