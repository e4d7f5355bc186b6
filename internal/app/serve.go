package app

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph"
	"followgraph/internal/config"
	"followgraph/internal/executor"
	"followgraph/internal/httpserver"
	"followgraph/internal/localpg"
	"followgraph/internal/mirror"
	"followgraph/internal/social"
	"followgraph/internal/store"
	"followgraph/internal/store/connection"
	"followgraph/internal/version"
	"followgraph/web"
)

// Serve serves the API until ctx ends. It writes its address to out as soon as it accepts requests.
func Serve(ctx context.Context, common config.Common, serve config.Serve, log *slog.Logger, out io.Writer) error {
	this := version.Get()
	log.InfoContext(ctx, "starting", "version", this.Version, "commit", this.Commit, "go", this.Go)
	listeners, err := listen(ctx, serve)
	if err != nil {
		return err
	}
	defer listeners.close()
	if err := fitDescriptors(ctx, &common, &serve, log); err != nil {
		return err
	}
	documents, err := newDocuments(serve)
	if err != nil {
		return err
	}
	defer documents.reloadOnHangup(ctx, log)()
	if common.Database.URL == "" {
		release, err := localpg.LockServe(common.Database.DataDir)
		if err != nil {
			return err
		}
		defer release()
	}
	tuneMemory(ctx, log)
	observers, err := newObservation(ctx, serve.Observation, log)
	if err != nil {
		return err
	}
	defer observers.close(ctx)
	ready := newReadiness(ctx)
	graphs := new(graphDumps)
	admin := observers.startAdmin(ctx, listeners.operators, serve.Observation, serve.AllowedHosts, ready.check, graphs)
	defer admin.stop()
	repaired := &repairs{log: log}
	storeOptions := store.Options{MaxFollowBatch: serve.MaxFollowBatch, Observer: observers.statements(), OnRepair: repaired.record}
	storeOptions.OnShared = func() { logSharing(context.WithoutCancel(ctx), log, connection.TransactionPooler, false) }
	return withStoreOptions(ctx, common, storeOptions, log, func(db *database, opened *store.Store) error {
		logSharing(ctx, log, opened.Sharing(), opened.PreparesStatements())
		// The server answers the last requests after ctx has ended.
		serving, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		signIn, err := newSignIn(serving, common, serve.SignIn, log)
		if err != nil {
			return err
		}
		plan := newMemoryPlan(serve)
		var service *social.Service
		hub := newHub(serve.Graph, plan)
		streams := newStreams(serve.Subscriptions, serve.Load.MaxHTTPConnections)
		on := mirrorEvents{
			accounts: func(ids []string) { service.ForgetCallers(ids); streams.Recheck(ids) }, //nolint:contextcheck // no request causes it
			message:  signIn.attempts.Receive,
		}
		replicas, closeReplicas, err := openReplicas(serving, serve.Replicas.URLs, replicaOptions(common.Database, observers.statements()))
		if err != nil {
			return err
		}
		defer closeReplicas()
		reads, err := newMirror(serving, serve, plan, db, opened, replicas, hub, on, log)
		if err != nil {
			return err
		}
		graphInMemory := reads
		if serve.Graph.Mode == config.GraphSQL {
			graphInMemory = nil
		}
		service = newService(opened, reads, signIn.options(serve.SignIn, log))
		options := serverOptions(serve, db, opened, service, signIn, documents, log)
		options.Ready = readyFromMemory(graphInMemory, readyWithReplicas(reads, options.Ready))
		if reads != nil {
			options.Snapshots = snapshots{reads}
		}
		if graphInMemory != nil {
			options.Live = &graph.Live{Hub: hub, At: graphInMemory.At}
		}
		options.Streams = streams
		options.Identify = signIn.identify(service)
		options.Observer = observers.requests()
		options.Hosts = httpserver.NewHosts(listeners.clients.Addr(), serve.AllowedHosts)
		if err := setLimits(&options, serve.Load, plan, (1+len(replicas))*common.Database.MaxConnections); err != nil {
			return err
		}
		defer startMirror(serving, reads, graphInMemory != nil, plan, log)()
		defer startSharing(serving, signIn.attempts, graphInMemory, opened)()
		var sweeps sweepCounts
		defer startSweeping(serving, opened, log, &sweeps)()
		observers.readOnScrape(opened, options.Service, signIn.passwords, options.Memory, &sweeps)
		observers.observeStreams(streams)
		observers.observeAttempts(signIn.attempts)
		observers.observeGraph(graphInMemory, plan.graphFor(serve.Graph))
		observers.observeReplicas(reads)
		observers.observeLive(hub)
		defer observers.observeCounts(serving, opened, repaired)()
		if db.private != nil {
			guard, stop := context.WithCancel(serving)
			guarded := make(chan struct{})
			go func() { defer close(guarded); db.private.Guard(guard) }()
			defer func() { stop(); <-guarded }()
		}
		graphs.begin(mirror.StreamOf(db.url, serve.Graph.StreamURL, opened), graphInMemory)
		ready.begin(options.Ready)
		options.Ready = ready.check
		announce(serving, out, listeners.clients.Addr(), admin.address, serve, service)
		return httpserver.Serve(ctx, listeners.clients, options)
	})
}

// schema returns the schema of the configured executor.
func schema(serve config.Serve, service *social.Service, documents *executor.Documents) graphql.ExecutableSchema {
	root := graph.Config{Resolvers: graph.NewResolver(service)}
	if serve.Executor == "gqlgen" {
		return graph.NewExecutableSchema(root)
	}
	return graph.NewCompiledSchema(root, documents)
}

// newService returns the rules on what chooses between memory, standbys and SQL, or on SQL alone.
func newService(opened *store.Store, reads *mirror.Mirror, options social.Options) *social.Service {
	if reads == nil {
		return social.New(mirror.NewSQLStore(opened), options)
	}
	options.Accounts = reads
	return social.New(reads.Store(), options)
}

func serverOptions(
	serve config.Serve, db *database, opened *store.Store, service *social.Service, signIn signIn, documents documents, log *slog.Logger,
) httpserver.Options {
	opts := httpserver.Options{
		Schema:       schema(serve, service, documents.parsed),
		Documents:    documents.parsed,
		Service:      service,
		Authenticate: signIn.authenticate(service),
		Ready: func(ctx context.Context) error {
			err := opened.Ready(ctx)
			if errors.Is(err, store.ErrReadOnly) {
				return httpserver.Limited(err.Error()) // reads work, so load balancers should send traffic
			}
			return err
		},
		Persisted:             documents.named,
		AnonymousCacheControl: serve.Persisted.AnonymousCacheControl,
		CORSOrigins:           serve.CORSOrigins,

		ServerTiming:     serve.ServerTiming == "on" || serve.ServerTiming == "auto" && db.private != nil,
		Introspection:    serve.Limits.Introspection,
		MaxResponseBytes: serve.Limits.MaxResponseBytes,
		Log:              log,
		HeaderTimeout:    serve.HeaderTimeout,
		ReadTimeout:      serve.ReadTimeout,
		OperationTimeout: serve.OperationTimeout,
		WriteTimeout:     serve.WriteTimeout,
		IdleTimeout:      serve.IdleTimeout,
		Drain:            serve.Drain,
		ShutdownTimeout:  serve.ShutdownTimeout,
	}
	if serve.Playground {
		opts.Playground = web.Playground(serve.Explorer)
	}
	if serve.Explorer {
		// With --trusted-only the playground rejects what most callers write in it.
		opts.Explorer, opts.ExplorerMissing = web.Explorer(serve.Playground && !serve.Persisted.TrustedOnly)
	}
	return opts
}
