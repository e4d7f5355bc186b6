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
	stop    func()
}

// startAdmin serves operators until stop is called. The caller stops it after the last client request, so that a scrape
// counts that request too. A nil listener disables it.
func (o *observation) startAdmin(
	ctx context.Context, listener net.Listener, c config.Observation, allowedHosts []string, ready func(context.Context) error,
	graph *graphDumps,
) admin {
	if listener == nil {
		return admin{stop: func() {}}
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := httpserver.ServeAdmin(serving, listener, httpserver.AdminOptions{
			Metrics: o.metrics.Handler(), Ready: ready, Profiling: c.Profiling, Log: o.log, Graph: graph.open,
			Hosts: httpserver.NewHosts(listener.Addr(), allowedHosts),
		})
		if err != nil {
			o.log.ErrorContext(serving, "the admin listener failed: metrics are unavailable", "error", err)
		}
	}()
	return admin{address: listener.Addr().String(), stop: func() { cancel(); <-done }}
}
