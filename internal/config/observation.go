package config

import (
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/spf13/pflag"
)

// Observation says what is told of the server's work, and to whom.
type Observation struct {
	AdminListen      string // host:port of metrics and profiles; empty: none
	Profiling        bool
	OTLPEndpoint     string  // URL that traces are exported to; empty: what the environment says, else none
	TraceRatio       float64 // part of requests that are traced
	TrustTraceParent bool
	SlowOperation    time.Duration // operations that take at least this long are logged; 0: none
}

// flags defines the flags of Observation, with their defaults.
func (o *Observation) flags(flags *pflag.FlagSet) {
	flags.StringVar(&o.AdminListen, "admin-listen", "", "address to answer on with metrics and health, as host:port; never a public one; empty: none")
	flags.BoolVar(&o.Profiling, "profiling", false, "serve profiles of the process at /debug/pprof/ of --admin-listen")
	flags.StringVar(&o.OTLPEndpoint, "otlp-endpoint", "",
		"export traces to this OTLP/HTTP receiver, such as http://127.0.0.1:4318; without it as OTEL_EXPORTER_OTLP_ENDPOINT says")
	flags.Float64Var(&o.TraceRatio, "trace-ratio", 0.1, "part of requests that are traced, 0 to 1")
	flags.BoolVar(&o.TrustTraceParent, "trust-traceparent", false,
		"let the header traceparent of requests decide what is traced; only behind a proxy that sets it")
	flags.DurationVar(&o.SlowOperation, "slow-operation", time.Second, "log operations that take at least this long; 0: none")
}

func (o *Observation) validate() error {
	_, _, err := net.SplitHostPort(o.AdminListen)
	endpoint, malformed := url.Parse(o.OTLPEndpoint)
	return errors.Join(
		when(o.AdminListen != "" && err != nil, "--admin-listen must be host:port, not %q", o.AdminListen),
		when(o.Profiling && o.AdminListen == "", "--profiling goes with --admin-listen"),
		// The address may hold a password, so that the error does not repeat it.
		when(o.OTLPEndpoint != "" && (malformed != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https"),
			"--otlp-endpoint must be an http or https URL"),
		when(!(o.TraceRatio >= 0 && o.TraceRatio <= 1), "--trace-ratio must be from 0 to 1, not %v", o.TraceRatio),
		when(o.SlowOperation < 0, "--slow-operation must not be negative, not %s", o.SlowOperation),
	)
}
