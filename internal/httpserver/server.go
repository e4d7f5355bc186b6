// Package httpserver serves HTTP: the GraphQL endpoint, health checks and the pages for browsers.
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

	"followgraph/graph"
	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/social"
)

// Options configure the server. All durations must be positive, except Drain, which may be 0.
type Options struct {
	Schema       graphql.ExecutableSchema
	Documents    graphql.Cache[*ast.QueryDocument] // cache of parsed and validated documents
	Service      *social.Service
	Authenticate Authenticate                // verifies tokens
	Ready        func(context.Context) error // returns nil if the database is reachable and migrated
	Playground   http.Handler                // serves /playground and the paths below it; nil for none
	Explorer     http.Handler                // serves / and all paths without another handler; nil for none
	// ExplorerMissing serves the explorer with status 404, for users that do not exist. Set it if Explorer is set.
	ExplorerMissing http.Handler
	Budgets         *limit.Budgets // budgets of callers; nil for no limit
	Proxies         Proxies        // proxies that may state the address of a client
	Hosts           *Hosts         // accepted values of Host; nil for all
	Slots           *Slots         // slots for operations; nil for the default
	Memory          *limit.Memory  // memory for operations; nil for 128 MiB
	Connections     int            // open connections; 0 for no limit
	// RequestMemory limits the memory of requests that are being read or answered, in bytes, and separately the memory
	// of responses that clients have not read. It applies if Connections is not 0. 0 means 64 MiB.
	RequestMemory int64
	Snapshots     Snapshots   // decides what operations read; nil: positions are ignored, and responses have none
	Live          *graph.Live // what subscriptions need; nil: they are refused
	ServerTiming  bool        // whether responses have a header Server-Timing
	Streams       *Streams    // connections of subscriptions; nil for the default
	Identify      Identify    // verifies tokens for the lifetime of a stream; nil: Authenticate does
	Log           *slog.Logger
	Observer      observe.Observer // observes requests, operations and batches; nil for none

	Persisted             Persisted // documents that clients may name instead of sending them
	AnonymousCacheControl string    // for GET requests of anonymous callers for persisted queries; empty allows only the client itself to store the response
	CORSOrigins           []string  // origins of pages that may call the endpoint; AnyOrigin allows all

	Introspection    bool // whether all callers may introspect the schema, and errors suggest names
	MaxResponseBytes int  // of the data of a response; 0 means 4 MiB

	HeaderTimeout    time.Duration // to read the header of a request
	ReadTimeout      time.Duration // to read a whole request
	OperationTimeout time.Duration // to execute an operation
	WriteTimeout     time.Duration // from the end of a request's header to the end of the response
	IdleTimeout      time.Duration // of a connection between two requests
	Drain            time.Duration // how long the server accepts requests after it was told to stop
	ShutdownTimeout  time.Duration // how long running requests may take after that

	subscribe subscriber // replaces the server's subscriptions in tests; nil: none does
}

const maxHeaderBytes = 64 << 10

// Handler returns the routes.
func Handler(opts Options) http.Handler {
	mux := http.NewServeMux()
	if opts.Streams == nil {
		opts.Streams = NewStreams(StreamOptions{})
	}
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
		others = api.userPages(opts.Explorer, opts.ExplorerMissing)
	case opts.Playground != nil:
		mux.Handle("GET /{$}", http.RedirectHandler("/playground", http.StatusFound))
	}
	mux.Handle("/", api.elsewhere(opts.CORSOrigins, others))
	return withRequestID(withLog(opts.Log, opts.Proxies, withRecovery(opts.Log, withHosts(opts.Hosts, opts.Log, mux))))
}

// Serve serves requests on listener until ctx has ended and Drain has passed. Then it stops listening and waits for
// running requests, for at most ShutdownTimeout. It cuts off no request before that, and returns nil if it cut off
// none. Options.Ready should return an error after ctx has ended, so that load balancers stop sending requests while
// the server drains.
func Serve(ctx context.Context, listener net.Listener, opts Options) error {
	drain := newDrainListener(listener)
	if opts.Streams == nil {
		opts.Streams = NewStreams(StreamOptions{})
	}
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
	accepted := make(chan struct{}) // closed when no further connection is accepted
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
	opts.Streams.stop()
	err := drain.stop(bounded, func() error {
		err := listener.Close()
		select {
		case <-accepted: // all connections are counted now
		case <-bounded.Done():
		}
		return err
	})
	opts.Streams.abort() // net/http does not close them
	drain.awaitStreams(ctx, opts.Streams)
	if closing := server.Close(); !errors.Is(closing, net.ErrClosed) {
		err = errors.Join(err, closing)
	}
	return err
}
