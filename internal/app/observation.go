package app

import (
	"context"
	"log/slog"
	"os"
	"time"

	"followgraph/internal/auth"
	"followgraph/internal/config"
	"followgraph/internal/httpserver"
	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/observe/auditlog"
	"followgraph/internal/observe/metrics"
	"followgraph/internal/observe/slowlog"
	"followgraph/internal/observe/tracing"
	"followgraph/internal/social"
	"followgraph/internal/store"
)

// observation holds the observers of the server. An observer that is not configured is nil and costs nothing.
type observation struct {
	metrics *metrics.Metrics
	tracer  *tracing.Tracer
	slow    *slowlog.Log
	log     *slog.Logger
}

func newObservation(ctx context.Context, c config.Observation, log *slog.Logger) (*observation, error) {
	o := &observation{log: log}
	if c.AdminListen != "" {
		o.metrics = metrics.New()
	}
	if c.SlowOperation > 0 {
		o.slow = slowlog.New(c.SlowOperation, log)
	}
	if c.OTLPEndpoint == "" && !exportsByEnvironment() {
		return o, nil
	}
	tracer, err := tracing.New(ctx, tracing.Options{
		Endpoint: c.OTLPEndpoint, Ratio: c.TraceRatio, TrustParents: c.TrustTraceParent, Log: log,
	})
	o.tracer = tracer
	return o, err
}

// exportsByEnvironment reports whether OpenTelemetry's variables name a receiver (OTLP Exporter Configuration).
func exportsByEnvironment() bool {
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// closeTimeout is the time limit for exporting the last traces.
const closeTimeout = 5 * time.Second

// close exports the last traces.
func (o *observation) close(ctx context.Context) {
	if o.tracer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := o.tracer.Close(ctx); err != nil {
		o.log.WarnContext(ctx, "exporting the last traces failed", "error", err)
	}
}

// statements returns the observer of SQL statements, or nil.
func (o *observation) statements() observe.Observer { return observe.All(o.telemetry()...) }

// requests returns the observer of everything else.
func (o *observation) requests() observe.Observer {
	observers := append(o.telemetry(), auditlog.New(o.log))
	if o.slow != nil {
		observers = append(observers, o.slow)
	}
	return observe.All(observers...)
}

func (o *observation) telemetry() (observers []observe.Observer) {
	if o.metrics != nil {
		observers = append(observers, o.metrics)
	}
	if o.tracer != nil {
		observers = append(observers, o.tracer)
	}
	return observers
}

// readOnScrape adds the metrics whose values other packages count. Each scrape reads them.
func (o *observation) readOnScrape(
	opened *store.Store, service *social.Service, passwords *auth.Passwords, memory *limit.Memory, sweeps *sweepCounts,
) {
	if o.metrics == nil {
		return
	}
	m := o.metrics
	pool := func(of func(store.Pool) float64) func() float64 {
		return func() float64 { return of(opened.Pool()) }
	}
	m.Gauge("pool_connections_max", "Connections that the pool may open.", nil, pool(func(p store.Pool) float64 { return float64(p.Max) }))
	m.Gauge("pool_connections", "Connections of the pool.", map[string]string{"state": "acquired"},
		pool(func(p store.Pool) float64 { return float64(p.Acquired) }))
	m.Gauge("pool_connections", "Connections of the pool.", map[string]string{"state": "idle"},
		pool(func(p store.Pool) float64 { return float64(p.Idle) }))
	m.Counter("pool_connections_opened_total", "Connections that were opened.", nil, pool(func(p store.Pool) float64 { return float64(p.Opened) }))
	m.Counter("pool_connections_refused_total", "Connections that the server refused because it has too many.", nil,
		pool(func(p store.Pool) float64 { return float64(p.Refused) }))
	m.Counter("reads_repeated_total", "Reads that were run once more because of a conflict, in which PostgreSQL rolls a statement back.", nil,
		func() float64 { return float64(opened.Rereads()) })
	m.Counter("pool_acquires_total", "Connections that were acquired from the pool.", nil, pool(func(p store.Pool) float64 { return float64(p.Acquires) }))
	m.Counter("pool_waits_total", "Acquisitions that waited because no connection was idle.", nil,
		pool(func(p store.Pool) float64 { return float64(p.Waits) }))
	m.Counter("pool_wait_seconds_total", "Time spent waiting for connections.", nil, pool(func(p store.Pool) float64 { return p.Waited.Seconds() }))
	m.Counter("pool_waits_canceled_total", "Waits for a connection that were canceled.", nil,
		pool(func(p store.Pool) float64 { return float64(p.Canceled) }))

	m.Gauge("operation_memory_max_bytes", "Maximum memory of all running operations together.", nil,
		func() float64 { return float64(memory.Load().Capacity) })
	m.Gauge("operation_memory_bytes", "Memory reserved for running operations.", nil,
		func() float64 { return float64(memory.Load().Used) })
	m.Gauge("operation_memory_waiting", "Operations that wait for memory.", nil,
		func() float64 { return float64(memory.Load().Waiting) })
	m.Counter("operation_memory_refused_total", "Operations rejected because other operations held the memory.", nil,
		func() float64 { return float64(memory.Load().Refused) })

	const lookups = "Requests with a token, by whether the caller's account was cached."
	m.Counter("caller_lookups_total", lookups, map[string]string{"result": "hit"}, func() float64 {
		hits, _ := service.CallerLookups()
		return float64(hits)
	})
	m.Counter("caller_lookups_total", lookups, map[string]string{"result": "miss"}, func() float64 {
		_, misses := service.CallerLookups()
		return float64(misses)
	})

	m.Gauge("passwords_hashing", "Passwords that are being hashed or compared.", nil, func() float64 { return float64(passwords.Load().Hashing) })
	m.Gauge("passwords_waiting", "Passwords that wait to be hashed or compared.", nil, func() float64 { return float64(passwords.Load().Waiting) })
	m.Counter("passwords_refused_total", "Passwords rejected because too many waited, or for too long.", nil,
		func() float64 { return float64(passwords.Load().Refused) })

	const runs = "Sweeps for follows of deleted accounts, by result."
	m.Counter("sweeps_total", runs, map[string]string{"result": "done"}, func() float64 { return float64(sweeps.done.Load()) })
	m.Counter("sweeps_total", runs, map[string]string{"result": "failed"}, func() float64 { return float64(sweeps.failed.Load()) })
	m.Counter("sweep_follows_removed_total", "Follows of deleted accounts that sweeps removed.", nil,
		func() float64 { return float64(sweeps.removed.Load()) })
}

// observeCounts adds the metrics of repaired counts and of stray rows. It counts stray rows until ctx ends or stop is
// called; stop waits for the end of a count.
func (o *observation) observeCounts(ctx context.Context, opened *store.Store, repaired *repairs) (stop func()) {
	if o.metrics == nil {
		return func() {}
	}
	m, counted := o.metrics, &strays{}
	m.Counter("counts_repaired_total", "Users whose wrong counts blocked a change of follows and were repaired.", nil,
		func() float64 { return float64(repaired.total.Load()) })
	m.Gauge("accounts_unlinked", "Accounts whose Cognito id is generated.", nil,
		counted.value(func(s *store.AdoptionCounts) int64 { return s.Unlinked }))
	const withoutAccount = "Follows whose follower or followed user has no account."
	m.Gauge("follows_without_account", withoutAccount, map[string]string{"end": "follower"},
		counted.value(func(s *store.AdoptionCounts) int64 { return s.UnknownFollowers }))
	m.Gauge("follows_without_account", withoutAccount, map[string]string{"end": "following"},
		counted.value(func(s *store.AdoptionCounts) int64 { return s.UnknownFollowing }))
	const foreign = "Statements of other programs that wrote during an adoption, including rolled back ones; for passwords, each changed password."
	for what, of := range map[string]func(*store.AdoptionCounts) int64{
		"follows":   func(s *store.AdoptionCounts) int64 { return s.Foreign.Follows },
		"counts":    func(s *store.AdoptionCounts) int64 { return s.Foreign.Counts },
		"accounts":  func(s *store.AdoptionCounts) int64 { return s.Foreign.Users },
		"passwords": func(s *store.AdoptionCounts) int64 { return s.Foreign.Passwords },
	} {
		m.Counter("foreign_writes_total", foreign, map[string]string{"what": what}, counted.value(of))
	}
	return startCounting(ctx, opened, o.log, counted)
}

// observeStreams adds the metrics of the connections of subscriptions.
func (o *observation) observeStreams(streams *httpserver.Streams) {
	if o.metrics == nil {
		return
	}
	m := o.metrics
	m.Gauge("stream_connections", "Connections of subscriptions, including WebSockets without one.", nil,
		func() float64 { return float64(streams.Load().Open) })
	m.Gauge("subscription_connections", "Connections that have subscriptions.", nil,
		func() float64 { return float64(streams.Load().Connections) })
	m.Gauge("subscriptions_weight", "Open subscriptions, large ones as several, as the limits count them.", nil,
		func() float64 { return float64(streams.Load().Subscriptions) })
	const refused = "Subscriptions that a limit refused."
	for _, which := range limit.StreamLimitNames {
		m.Counter("subscriptions_refused_total", refused, map[string]string{"limit": string(which)},
			func() float64 { return float64(streams.Load().Refused[which]) })
	}
}
