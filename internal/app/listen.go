package app

import (
	"context"
	"errors"
	"fmt"
	"net"

	"followgraph/internal/config"
	"followgraph/internal/httpserver"
)

// listeners are opened before anything else, so that a second server on the same address fails before it changes
// anything. A client that connects early waits until the server is ready. If the server fails to start, the connection
// is reset.
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

// close closes the listeners that are still open.
func (l listeners) close() {
	_ = l.clients.Close() // fails only if it is closed already
	if l.operators != nil {
		_ = l.operators.Close()
	}
}

// The reasons for not being ready that do not concern the database.
var (
	errStarting = errors.New("the server is starting")
	errStopping = errors.New("the server is stopping")
)

// readiness answers /readyz on both listeners. It fails until the database is open, and again after the signal to stop,
// so that load balancers can redirect requests while the server still handles them.
type readiness struct {
	stop     context.Context // ends with the signal to stop
	start    chan struct{}   // closed when database is set
	database func(context.Context) error
}

func newReadiness(ctx context.Context) *readiness {
	return &readiness{stop: ctx, start: make(chan struct{})}
}

// begin sets the check of the database. Call it at most once.
func (r *readiness) begin(database func(context.Context) error) {
	r.database = database
	close(r.start)
}

func (r *readiness) check(ctx context.Context) error {
	if r.stop.Err() != nil {
		return errStopping
	}
	select {
	case <-r.start:
		return r.database(ctx)
	default:
		return errStarting
	}
}
