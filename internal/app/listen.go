package app

import (
	"context"
	"errors"
	"fmt"
	"net"

	"followgraph/internal/config"
	"followgraph/internal/httpserver"
)

// listeners are taken before anything else is done, so that a second server on the same address changes nothing. A
// client that connects before the server is ready waits, and is answered then; where the server cannot start, its
// connection is reset.
type listeners struct {
	clients   net.Listener
	operators net.Listener // nil: none
}

func listen(ctx context.Context, serve config.Serve) (l listeners, err error) {
	if l.clients, err = httpserver.Listen(ctx, serve.Listen); err != nil {
		return l, fmt.Errorf("--listen %s: %w", serve.Listen, err)
	}
	if serve.Observation.AdminListen == "" {
		return l, nil
	}
	if l.operators, err = httpserver.Listen(ctx, serve.Observation.AdminListen); err != nil {
		l.close()
		return l, fmt.Errorf("--admin-listen %s: %w", serve.Observation.AdminListen, err)
	}
	return l, nil
}

// close ends the listening that has not ended yet.
func (l listeners) close() {
	_ = l.clients.Close() // that it is closed already is its only error
	if l.operators != nil {
		_ = l.operators.Close()
	}
}

// The reasons for not being ready that are not the database's.
var (
	errStarting = errors.New("the server is starting")
	errStopping = errors.New("the server is stopping")
)

// readiness returns what /readyz asks on both listeners. It fails until the database is there, and from the moment that
// ctx, which ends with the signal to stop, has ended: whoever sends requests here can send them elsewhere while they are
// still answered.
type readiness struct {
	stop  context.Context
	start chan struct{} // closed when ask is set
	ask   func(context.Context) error
}

func newReadiness(ctx context.Context) *readiness {
	return &readiness{stop: ctx, start: make(chan struct{})}
}

// begin lets the answer be ask's. It may be called once.
func (r *readiness) begin(ask func(context.Context) error) {
	r.ask = ask
	close(r.start)
}

func (r *readiness) check(ctx context.Context) error {
	if r.stop.Err() != nil {
		return errStopping
	}
	select {
	case <-r.start:
		return r.ask(ctx)
	default:
		return errStarting
	}
}
