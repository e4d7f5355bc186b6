package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph"
	"followgraph/internal/config"
	"followgraph/internal/executor"
	"followgraph/internal/httpserver"
	"followgraph/internal/localpg"
	"followgraph/internal/social"
	"followgraph/internal/store"
	"followgraph/web"
)

// Serve answers requests until ctx ends. It writes the address that it listens on to out, once it does.
func Serve(ctx context.Context, common config.Common, serve config.Serve, log *slog.Logger, out io.Writer) error {
	if common.Database.URL == "" {
		release, err := localpg.LockServe(common.Database.DataDir)
		if err != nil {
			return err
		}
		defer release()
	}
	tuneMemory(ctx, log)
	return withStore(ctx, common, log, func(db *database, opened *store.Store) error {
		if db.private != nil {
			guard, stop := context.WithCancel(ctx)
			guarded := make(chan struct{})
			go func() { defer close(guarded); db.private.Guard(guard) }()
			defer func() { stop(); <-guarded }()
		}
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", serve.Listen)
		if err != nil {
			return fmt.Errorf("--listen %s: %w", serve.Listen, err)
		}
		fmt.Fprintf(out, "Followgraph answers on http://%s/graphql\n", listener.Addr())
		if serve.Playground {
			fmt.Fprintf(out, "Playground: http://%s/playground\n", listener.Addr())
		}
		return httpserver.Serve(ctx, listener, serverOptions(serve, db, opened, log))
	})
}

// schema is what the chosen executor runs.
func schema(serve config.Serve, documents *executor.Documents) graphql.ExecutableSchema {
	root := graph.Config{Resolvers: &graph.Resolver{}}
	if serve.Executor == "gqlgen" {
		return graph.NewExecutableSchema(root)
	}
	return graph.NewCompiledSchema(root, documents)
}

func serverOptions(serve config.Serve, db *database, opened *store.Store, log *slog.Logger) httpserver.Options {
	documents := executor.NewDocuments()
	opts := httpserver.Options{
		Schema:    schema(serve, documents),
		Documents: documents,
		Service:   social.New(opened),
		Ready: func(ctx context.Context) error {
			_, err := opened.Migrated(ctx)
			return err
		},
		ServerTiming:     serve.ServerTiming == "on" || serve.ServerTiming == "auto" && db.private != nil,
		Log:              log,
		HeaderTimeout:    serve.HeaderTimeout,
		ReadTimeout:      serve.ReadTimeout,
		OperationTimeout: serve.OperationTimeout,
		WriteTimeout:     serve.WriteTimeout,
		IdleTimeout:      serve.IdleTimeout,
		ShutdownTimeout:  serve.ShutdownTimeout,
	}
	if serve.Playground {
		opts.Playground = web.Playground()
	}
	return opts
}
