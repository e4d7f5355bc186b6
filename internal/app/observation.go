package app

import (
	"context"
	"log/slog"
	"os"
	"time"

	"followgraph/internal/auth"
	"followgraph/internal/config"
	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/observe/auditlog"
	"followgraph/internal/observe/metrics"
	"followgraph/internal/observe/slowlog"
	"followgraph/internal/observe/tracing"
	"followgraph/internal/social"
	"followgraph/internal/store"
)

// observation is who is told of the server's work. What is nil is not configured, and costs nothing.
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

// exportsByEnvironment tells whether OpenTelemetry's own variables name a receiver (OTLP Exporter Configuration).
func exportsByEnvironment() bool {
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// closeTimeout bounds the exporting of the last traces.
const closeTimeout = 5 * time.Second

// close exports the last traces.
func (o *observation) close(ctx context.Context) {
	if o.tracer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := o.tracer.Close(ctx); err != nil {
		o.log.WarnContext(ctx, "closing", "error", err)
	}
}

// statements is who is told of statements; nil: nobody.
func (o *observation) statements() observe.Observer { return observe.All(o.counting()...) }

// requests is who is told of all else.
func (o *observation) requests() observe.Observer {
	observers := append(o.counting(), auditlog.New(o.log))
	if o.slow != nil {
		observers = append(observers, o.slow)
	}
	return observe.All(observers...)
}

func (o *observation) counting() (observers []observe.Observer) {
	if o.metrics != nil {
		observers = append(observers, o.metrics)
	}
	if o.tracer != nil {
		observers = append(observers, o.tracer)
	}
	return observers
}

// ask has the metrics ask, at each scrape, for what is counted elsewhere.
func (o *observation) ask(
	opened *store.Store, service *social.Service, passwords *auth.Passwords, memory *limit.Memory, sweeps *swept,
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
	m.Counter("pool_acquires_total", "Connections that were taken of the pool.", nil, pool(func(p store.Pool) float64 { return float64(p.Acquires) }))
	m.Counter("pool_waits_total", "Connections that had to be waited for, because none was idle.", nil,
		pool(func(p store.Pool) float64 { return float64(p.Waits) }))
	m.Counter("pool_wait_seconds_total", "Time waited for connections.", nil, pool(func(p store.Pool) float64 { return p.Waited.Seconds() }))
	m.Counter("pool_waits_canceled_total", "Waits for a connection that were given up.", nil,
		pool(func(p store.Pool) float64 { return float64(p.Canceled) }))

	m.Gauge("operation_memory_max_bytes", "Memory that all operations may hold together.", nil,
		func() float64 { return float64(memory.Load().Capacity) })
	m.Gauge("operation_memory_bytes", "Memory set aside for the operations that run.", nil,
		func() float64 { return float64(memory.Load().Used) })
	m.Gauge("operation_memory_waiting", "Operations that wait for memory.", nil,
		func() float64 { return float64(memory.Load().Waiting) })
	m.Counter("operation_memory_refused_total", "Operations refused because others held the memory.", nil,
		func() float64 { return float64(memory.Load().Refused) })

	const lookups = "Requests with a token, by whether the caller's account was remembered."
	m.Counter("caller_lookups_total", lookups, map[string]string{"result": "hit"}, func() float64 {
		hits, _ := service.CallerLookups()
		return float64(hits)
	})
	m.Counter("caller_lookups_total", lookups, map[string]string{"result": "miss"}, func() float64 {
		_, misses := service.CallerLookups()
		return float64(misses)
	})

	m.Gauge("passwords_hashing", "Passwords that are being hashed or compared.", nil, func() float64 { return float64(passwords.Load().Hashing) })
	m.Gauge("passwords_waiting", "Passwords that wait for their turn.", nil, func() float64 { return float64(passwords.Load().Waiting) })
	m.Counter("passwords_refused_total", "Passwords refused because too many waited.", nil,
		func() float64 { return float64(passwords.Load().Refused) })

	const runs = "Sweeps for follows of deleted accounts, by what became of them."
	m.Counter("sweeps_total", runs, map[string]string{"result": "done"}, func() float64 { return float64(sweeps.done.Load()) })
	m.Counter("sweeps_total", runs, map[string]string{"result": "failed"}, func() float64 { return float64(sweeps.failed.Load()) })
	m.Counter("sweep_follows_removed_total", "Follows of deleted accounts that sweeps removed.", nil,
		func() float64 { return float64(sweeps.removed.Load()) })
}

// askCounts has the metrics ask for what became of counts, and for stray rows, which are counted until ctx ends or the function that it
// returns is called, which waits for the end.
func (o *observation) askCounts(ctx context.Context, opened *store.Store, repaired *repairs) (stop func()) {
	if o.metrics == nil {
		return func() {}
	}
	m, counted := o.metrics, &strays{}
	m.Counter("counts_repaired_total", "Users whose counts were wrong and were repaired, because they stood in the way of a change of follows.", nil,
		func() float64 { return float64(repaired.done.Load()) })
	m.Gauge("accounts_unlinked", "Accounts whose Cognito id is made up.", nil,
		counted.value(func(s *store.AdoptionCounts) int64 { return s.Unlinked }))
	const withoutAccount = "Follows of which this end has no account."
	m.Gauge("follows_without_account", withoutAccount, map[string]string{"end": "follower"},
		counted.value(func(s *store.AdoptionCounts) int64 { return s.UnknownFollowers }))
	m.Gauge("follows_without_account", withoutAccount, map[string]string{"end": "following"},
		counted.value(func(s *store.AdoptionCounts) int64 { return s.UnknownFollowing }))
	const foreign = "Statements by which other programs have written, during an adoption, rolled back ones included; of passwords: each that they changed."
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
