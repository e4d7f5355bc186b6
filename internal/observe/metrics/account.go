package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"followgraph/internal/observe"
)

// accounts counts actions on accounts. No label identifies a person.
type accounts struct{ events *prometheus.CounterVec }

func newAccounts(registry prometheus.Registerer) accounts {
	a := accounts{events: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "account_events_total",
		Help: "Actions on accounts, such as signing in, by outcome.",
	}, []string{"action", "outcome"})}
	registry.MustRegister(a.events)
	for _, action := range observe.AccountActions {
		for _, outcome := range observe.Outcomes {
			a.events.WithLabelValues(string(action), string(outcome)) // exists from the start, so that the first event is an increase
		}
	}
	return a
}

// Account counts an event.
func (a *accounts) Account(_ context.Context, e observe.AccountEvent) {
	a.events.WithLabelValues(string(e.Action), string(e.Outcome)).Inc()
}
