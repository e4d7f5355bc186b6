package app

import (
	"context"
	"net"

	"followgraph/internal/config"
	"followgraph/internal/httpserver"
)

// admin is the listener for operators.
type admin struct {
	address string // host:port; empty where there is none
	stop    func() // ends it
}

// startAdmin answers operators until what it returns is stopped, which is after the last request of a client: a scrape
// sees that one too. A nil listener is none.
func (o *observation) startAdmin(
	ctx context.Context, listener net.Listener, c config.Observation, allowedHosts []string, ready func(context.Context) error,
) admin {
	if listener == nil {
		return admin{stop: func() {}}
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := httpserver.ServeAdmin(serving, listener, httpserver.AdminOptions{
			Metrics: o.metrics.Handler(), Ready: ready, Profiling: c.Profiling, Log: o.log,
			Hosts: httpserver.NewHosts(listener.Addr(), allowedHosts),
		})
		if err != nil {
			o.log.ErrorContext(serving, "metrics are not served any more", "error", err)
		}
	}()
	return admin{address: listener.Addr().String(), stop: func() { cancel(); <-ended }}
}
