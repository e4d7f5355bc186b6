// Package config is the one place where flags and environment become a validated configuration.
package config

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Database says which PostgreSQL to use.
type Database struct {
	URL            string // empty: the private PostgreSQL in DataDir
	DataDir        string
	MaxConnections int // that one process opens
}

// Log says what to log; it always goes to standard error.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text, json
}

// Common is what every subcommand takes.
type Common struct {
	Database Database
	Log      Log
}

// Serve is what `followgraph serve` takes beside Common.
type Serve struct {
	Listen           string // host:port
	Executor         string // compiled, gqlgen
	ServerTiming     string // auto, on, off
	Playground       bool
	HeaderTimeout    time.Duration
	ReadTimeout      time.Duration
	OperationTimeout time.Duration
	WriteTimeout     time.Duration
	IdleTimeout      time.Duration
	ShutdownTimeout  time.Duration
}

// Flags defines the flags of Common, with their defaults.
func (c *Common) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&c.Database.URL, "database-url", "",
		"PostgreSQL to use, as postgres://user:password@host/name; without it a private one in --data-dir")
	flags.StringVar(&c.Database.DataDir, "data-dir", ".followgraph", "directory of the private PostgreSQL")
	flags.IntVar(&c.Database.MaxConnections, "max-connections", 16, "database connections at most, 2 to 1000")
	flags.StringVar(&c.Log.Level, "log-level", "info", "least level to log: debug, info, warn or error")
	flags.StringVar(&c.Log.Format, "log-format", "text", "form of the log: text or json")
}

// Validate checks Common; the error names every flag at fault.
func (c *Common) Validate() error {
	return errors.Join(
		when(c.Database.URL == "" && c.Database.DataDir == "", "--data-dir must name a directory where --database-url is not given"),
		when(c.Database.URL != "" && !strings.HasPrefix(c.Database.URL, "postgres://") && !strings.HasPrefix(c.Database.URL, "postgresql://"),
			"--database-url must begin with postgres:// or postgresql://"),
		when(c.Database.MaxConnections < 2 || c.Database.MaxConnections > 1000,
			"--max-connections must be from 2 to 1000, not %d", c.Database.MaxConnections),
		oneOf("log-level", c.Log.Level, "debug", "info", "warn", "error"),
		oneOf("log-format", c.Log.Format, "text", "json"),
	)
}

// Flags defines the flags of Serve, with their defaults.
func (s *Serve) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&s.Listen, "listen", "127.0.0.1:8080", "address to answer on, as host:port; port 0 takes a free one")
	flags.StringVar(&s.Executor, "executor", "compiled", "what runs queries: compiled, or gqlgen for gqlgen's own executor")
	flags.StringVar(&s.ServerTiming, "server-timing", "auto",
		"whether answers carry a Server-Timing header with their SQL statements: on, off, or auto: on with the private PostgreSQL")
	flags.Lookup("server-timing").NoOptDefVal = "on"
	flags.BoolVar(&s.Playground, "playground", true, "serve the playground at /playground")
	flags.DurationVar(&s.HeaderTimeout, "header-timeout", 5*time.Second, "time for a request's header to come")
	flags.DurationVar(&s.ReadTimeout, "read-timeout", 15*time.Second, "time for a whole request to come")
	flags.DurationVar(&s.OperationTimeout, "operation-timeout", 10*time.Second, "time for an operation to be done")
	flags.DurationVar(&s.WriteTimeout, "write-timeout", 30*time.Second, "time from a request's header to its answer's end")
	flags.DurationVar(&s.IdleTimeout, "idle-timeout", 2*time.Minute, "time that a connection may be idle")
	flags.DurationVar(&s.ShutdownTimeout, "shutdown-timeout", 10*time.Second, "time for running requests to end at shutdown")
}

// Validate checks Serve; the error names every flag at fault.
func (s *Serve) Validate() error {
	_, _, err := net.SplitHostPort(s.Listen)
	problems := []error{
		when(err != nil, "--listen must be host:port, not %q", s.Listen),
		oneOf("executor", s.Executor, "compiled", "gqlgen"),
		oneOf("server-timing", s.ServerTiming, "auto", "on", "off"),
		when(s.WriteTimeout <= s.OperationTimeout, "--write-timeout (%s) must be longer than --operation-timeout (%s)",
			s.WriteTimeout, s.OperationTimeout),
	}
	for name, value := range map[string]time.Duration{
		"header-timeout":    s.HeaderTimeout,
		"read-timeout":      s.ReadTimeout,
		"operation-timeout": s.OperationTimeout,
		"write-timeout":     s.WriteTimeout,
		"idle-timeout":      s.IdleTimeout,
		"shutdown-timeout":  s.ShutdownTimeout,
	} {
		problems = append(problems, when(value <= 0, "--%s must be positive, not %s", name, value))
	}
	return errors.Join(problems...)
}

func when(wrong bool, format string, args ...any) error {
	if !wrong {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func oneOf(flag, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return fmt.Errorf("--%s must be one of %s, not %q", flag, strings.Join(allowed, ", "), value)
}
