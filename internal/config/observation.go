package config

import (
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/spf13/pflag"
)

// Observation configures metrics, profiles, traces and the log of slow operations.
type Observation struct {
	AdminListen      string // host:port of metrics and profiles; empty: none
	Profiling        bool
	OTLPEndpoint     string  // URL that receives traces; empty: OpenTelemetry's environment variables decide
	TraceRatio       float64 // fraction of requests that are traced
	TrustTraceParent bool
	SlowOperation    time.Duration // minimum duration of operations to log; 0: none
}

func (o *Observation) flags(flags *pflag.FlagSet) {
	flags.StringVar(&o.AdminListen, "admin-listen", "", "address to serve metrics and health checks on: host:port; must not be public; empty: none")
	flags.BoolVar(&o.Profiling, "profiling", false, "serve profiles of the process at /debug/pprof/ on --admin-listen")
	flags.StringVar(&o.OTLPEndpoint, "otlp-endpoint", "",
		"OTLP/HTTP receiver that traces are exported to, such as http://127.0.0.1:4318 (default: $OTEL_EXPORTER_OTLP_ENDPOINT)")
	flags.Float64Var(&o.TraceRatio, "trace-ratio", 0.1, "fraction of requests to trace, 0 to 1")
	flags.BoolVar(&o.TrustTraceParent, "trust-traceparent", false,
		"let the traceparent header of a request decide whether it is traced; use only behind a proxy that sets it")
	flags.DurationVar(&o.SlowOperation, "slow-operation", time.Second, "log operations that take at least this long; 0: none")
}

func (o *Observation) validate() error {
	_, _, err := net.SplitHostPort(o.AdminListen)
	endpoint, malformed := url.Parse(o.OTLPEndpoint)
	return errors.Join(
		when(o.AdminListen != "" && err != nil, "--admin-listen must be host:port, not %q", o.AdminListen),
		when(o.Profiling && o.AdminListen == "", "--profiling needs --admin-listen"),
		// The error does not repeat the URL, which may contain a password.
		when(o.OTLPEndpoint != "" && (malformed != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https"),
			"--otlp-endpoint must be an http or https URL"),
		when(!(o.TraceRatio >= 0 && o.TraceRatio <= 1), "--trace-ratio must be from 0 to 1, not %v", o.TraceRatio),
		when(o.SlowOperation < 0, "--slow-operation must not be negative, not %s", o.SlowOperation),
	)
}
