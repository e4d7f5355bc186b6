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

// AdminOptions say what operators are answered.
type AdminOptions struct {
	Metrics   http.Handler                // serves /metrics
	Ready     func(context.Context) error // as Options.Ready
	Profiling bool                        // whether /debug/pprof/ is served
	Hosts     *Hosts                      // as Options.Hosts
	Log       *slog.Logger
}

// AdminHandler makes the routes for operators. They ask nobody who he is, and tell what no client is to know: they belong on
// a listener that clients cannot reach.
func AdminHandler(opts AdminOptions) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", opts.Metrics)
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("GET /readyz", readyz(opts.Ready, opts.Log))
	if opts.Profiling { // without cmdline: the command line may hold the database's password
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return withRecovery(opts.Log, withHosts(opts.Hosts, opts.Log, mux))
}

// The bounds of the listener for operators, which has its own, so that it answers whatever clients do on theirs.
const (
	adminConnections = 64
	adminMemory      = 4 << 20 // bytes, as Options.RequestMemory
)

// ServeAdmin answers operators on listener until ctx ends, and cuts off who is being answered then. An answer has no
// time limit, because a profile takes as long as it was asked for.
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
