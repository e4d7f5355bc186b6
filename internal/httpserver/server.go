// Package httpserver answers HTTP: the GraphQL endpoint, health, the pages for browsers, with limits and a log line each.
package httpserver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/social"
)

// Options say how to answer; all durations must be positive, but for Drain, which may be 0.
type Options struct {
	Schema       graphql.ExecutableSchema
	Documents    graphql.Cache[*ast.QueryDocument] // keeps parsed and validated documents
	Service      *social.Service
	Authenticate Authenticate                // tells whom a token names
	Ready        func(context.Context) error // nil where the database is reachable and migrated
	Playground   http.Handler                // serves /playground and below; nil: none
	Explorer     http.Handler                // serves / and every path that is nobody else's; nil: none
	Budgets      *limit.Budgets              // of callers; nil: nobody is bounded
	Proxies      Proxies                     // who may say where a request came from
	Hosts        *Hosts                      // the names that requests may be for; nil: all
	Slots        *Slots                      // that operations run in; nil: as many as is usual
	Memory       *limit.Memory               // that operations hold together; nil: 128 MiB
	Connections  int                         // open at once; 0: as many as come
	// RequestMemory bounds the bytes of memory that requests take which are being read or answered, and again those of
	// answers that clients have not taken, where Connections is not 0; 0: 64 MiB.
	RequestMemory int64
	ServerTiming  bool // whether answers carry a Server-Timing header
	Log           *slog.Logger
	Observer      observe.Observer // is told of requests, operations and their batches; nil: nobody is

	Persisted             Persisted // which documents may be named instead of sent
	AnonymousCacheControl string    // of persisted queries by GET whose caller is anonymous; "": their own client's alone
	CORSOrigins           []string  // whose pages may call the endpoint; AnyOrigin stands for all

	Introspection    bool // whether everybody may ask for the schema, and errors suggest names
	MaxResponseBytes int  // of an answer's data; 0: 4 MiB

	HeaderTimeout    time.Duration // a request's header must have come
	ReadTimeout      time.Duration // a request's body must have come
	OperationTimeout time.Duration // an operation must be done
	WriteTimeout     time.Duration // an answer must have been taken, from the end of the request's header
	IdleTimeout      time.Duration // a connection may stay open between two requests
	Drain            time.Duration // requests are taken as before after the server was told to stop
	ShutdownTimeout  time.Duration // running requests may go on after that
}

const maxHeaderBytes = 64 << 10

// Handler makes the routes.
func Handler(opts Options) http.Handler {
	mux := http.NewServeMux()
	api := newGraphQL(opts)
	mux.Handle(endpoint, withObserver(opts.Observer, withCORS(opts.CORSOrigins, api.preflight, api)))
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("GET /readyz", readyz(opts.Ready, opts.Log))
	if opts.Playground != nil {
		mux.Handle("/playground", opts.Playground)
		mux.Handle("/playground/", opts.Playground)
	}
	others := http.NotFoundHandler()
	switch {
	case opts.Explorer != nil:
		others = opts.Explorer
	case opts.Playground != nil:
		mux.Handle("GET /{$}", http.RedirectHandler("/playground", http.StatusFound))
	}
	mux.Handle("/", api.elsewhere(opts.CORSOrigins, others))
	return withRequestID(withLog(opts.Log, opts.Proxies, withRecovery(opts.Log, withHosts(opts.Hosts, opts.Log, mux))))
}

// Serve answers on listener until ctx ends and Drain has passed. It then stops listening and lets running requests end,
// ShutdownTimeout at most. No request that has arrived is cut off before that; nil means that none was. Options.Ready
// should fail once ctx has ended, so that no more requests are sent here while the server drains.
func Serve(ctx context.Context, listener net.Listener, opts Options) error {
	drain := newDrainListener(listener)
	server := &http.Server{
		Handler:           drain.lastAnswers(Handler(opts)),
		ReadHeaderTimeout: opts.HeaderTimeout,
		ReadTimeout:       opts.ReadTimeout,
		WriteTimeout:      opts.WriteTimeout,
		IdleTimeout:       opts.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(opts.Log.Handler(), slog.LevelWarn),
		ConnState:         drain.noteState,
	}
	listener = drain
	if opts.Connections > 0 {
		bounded := newBoundedListener(listener, opts.Connections, cmp.Or(opts.RequestMemory, defaultRequestMemory), opts.Proxies.trusts)
		bounded.serve(server)
		listener = bounded
	}
	failed := make(chan error, 1)
	accepted := make(chan struct{}) // closed when no connection is accepted any more
	go func() {
		defer close(accepted)
		failed <- server.Serve(listener)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	if opts.Drain > 0 {
		opts.Log.Info("stopping: not ready any more", "drain", opts.Drain)
		drained := time.NewTimer(opts.Drain)
		defer drained.Stop()
		select {
		case err := <-failed:
			return err
		case <-drained.C:
		}
	}
	opts.Log.Info("stopping: running requests may end", "timeout", opts.ShutdownTimeout)
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), opts.ShutdownTimeout)
	defer cancel()
	err := drain.stop(bounded, func() error {
		err := listener.Close()
		select {
		case <-accepted: // each of them is counted now
		case <-bounded.Done():
		}
		return err
	})
	if closing := server.Close(); !errors.Is(closing, net.ErrClosed) {
		err = errors.Join(err, closing)
	}
	return err
}
