package app

import (
	"context"
	"fmt"
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
// sees that one too.
func (o *observation) startAdmin(ctx context.Context, c config.Observation, ready func(context.Context) error) (admin, error) {
	if c.AdminListen == "" {
		return admin{stop: func() {}}, nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", c.AdminListen)
	if err != nil {
		return admin{}, fmt.Errorf("--admin-listen %s: %w", c.AdminListen, err)
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := httpserver.ServeAdmin(serving, listener, httpserver.AdminOptions{
			Metrics: o.metrics.Handler(), Ready: ready, Profiling: c.Profiling, Log: o.log,
		})
		if err != nil {
			o.log.ErrorContext(serving, "metrics are not served any more", "error", err)
		}
	}()
	return admin{address: listener.Addr().String(), stop: func() { cancel(); <-ended }}, nil
}
