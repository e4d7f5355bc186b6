package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"followgraph/internal/observe"
)

// accounts is what callers did with accounts. No label names a person.
type accounts struct{ events *prometheus.CounterVec }

func newAccounts(registry prometheus.Registerer) accounts {
	a := accounts{events: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "account_events_total",
		Help: "What callers did with accounts or tried to do, such as signing in, by what became of it.",
	}, []string{"action", "outcome"})}
	registry.MustRegister(a.events)
	for _, action := range observe.AccountActions {
		for _, outcome := range observe.Outcomes {
			a.events.WithLabelValues(string(action), string(outcome)) // there from the beginning: the first one is an increase
		}
	}
	return a
}

// Account counts an event.
func (a *accounts) Account(_ context.Context, e observe.AccountEvent) {
	a.events.WithLabelValues(string(e.Action), string(e.Outcome)).Inc()
}
