package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// AdminOptions configure the listener for operators.
type AdminOptions struct {
	Metrics   http.Handler                // serves /metrics
	Ready     func(context.Context) error // as Options.Ready
	Profiling bool                        // whether /debug/pprof/ is served
	// Graph opens a dump of the graph in memory, which GraphDumpPath serves. Its error is a NoGraph if there is none.
	Graph func(context.Context) (*GraphDump, error)
	Hosts *Hosts // as Options.Hosts
	Log   *slog.Logger
}

// AdminHandler returns the routes for operators. They have no authentication and disclose internals, so they belong on
// a listener that clients cannot reach.
func AdminHandler(opts AdminOptions) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", opts.Metrics)
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("GET /readyz", readyz(opts.Ready, opts.Log))
	mux.Handle("GET "+GraphDumpPath, newGraphDumps(opts.Graph, opts.Log))
	if opts.Profiling { // without cmdline: the command line may contain the database password
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return withRecovery(opts.Log, withHosts(opts.Hosts, opts.Log, mux))
}

// Limits of the listener for operators. They are separate, so that it responds even when clients exhaust theirs.
const (
	adminConnections = 64
	adminMemory      = 4 << 20 // bytes, as Options.RequestMemory
)

// ServeAdmin serves operators on listener until ctx ends, and then cuts off running requests. A response has no time
// limit, because a profile takes as long as requested.
func ServeAdmin(ctx context.Context, listener net.Listener, opts AdminOptions) error {
	server := &http.Server{
		Handler:           AdminHandler(opts),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(opts.Log.Handler(), slog.LevelWarn),
	}
	bounded := newBoundedListener(listener, adminConnections, adminMemory, nil)
	bounded.serve(server)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(bounded); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
