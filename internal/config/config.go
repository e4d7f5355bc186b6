// Package config is the one place where flags and environment become a validated configuration.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
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

// Accounts says how passwords are kept, and which usernames are not to be had.
type Accounts struct {
	PasswordCost  int      // bcrypt's: a step more doubles the time that a hash takes
	ReservedNames []string // usernames; @FILE for those in a file, @default for the built-in list
}

// Common is what every subcommand takes.
type Common struct {
	Database Database
	Accounts Accounts
	Log      Log
}

// SignIn says who may sign in, and how.
type SignIn struct {
	AnonymousReads   bool
	TokenKey         string   // file of the key that signs tokens; empty: one in the data directory of the private PostgreSQL
	VerificationKeys []string // files of further keys whose tokens are taken
	TokenLifetime    time.Duration
	AccountAttempts  int    // sign-ins tried for one account from one network in ten minutes
	AddressAttempts  int    // sign-ins and registrations tried from one network in 100 seconds
	Registration     string // open, closed
	Registrations    int    // accounts made from one network in an hour
	CognitoIssuer    string // empty: no Cognito
	CognitoKeysURL   string // empty: below the issuer
	CognitoClientIDs []string
	LinkVerified     []string // claims by which accounts are linked by themselves: LinkEmail, LinkPhoneNumber
}

// The claims of SignIn.LinkVerified.
const (
	LinkEmail       = "email"
	LinkPhoneNumber = "phone_number"
)

// Serve is what `followgraph serve` takes beside Common.
type Serve struct {
	Listen           string   // host:port
	AllowedHosts     []string // names beside those of a loopback address
	Executor         string   // compiled, gqlgen
	ServerTiming     string   // auto, on, off
	Playground       bool
	Explorer         bool
	SignIn           SignIn
	Persisted        Persisted
	CORSOrigins      []string // whose pages may call the API; "*" for all
	Observation      Observation
	Load             Load
	Limits           Limits
	MaxFollowBatch   int // follows that one statement writes together
	HeaderTimeout    time.Duration
	ReadTimeout      time.Duration
	OperationTimeout time.Duration
	WriteTimeout     time.Duration
	IdleTimeout      time.Duration
	Drain            time.Duration // requests are still taken after a signal to stop
	ShutdownTimeout  time.Duration
}

// Flags defines the flags of Common, with their defaults.
func (c *Common) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&c.Database.URL, "database-url", "",
		"PostgreSQL to use, as postgres://user:password@host/name; without it a private one in --data-dir")
	flags.StringVar(&c.Database.DataDir, "data-dir", ".followgraph", "directory of the private PostgreSQL")
	flags.IntVar(&c.Database.MaxConnections, "max-connections", 16, "database connections at most, 2 to 1000")
	flags.IntVar(&c.Accounts.PasswordCost, "password-cost", 12, "bcrypt's cost of passwords, 4 to 20; when it goes up, passwords follow as their users sign in")
	flags.StringSliceVar(&c.Accounts.ReservedNames, "reserved-names", []string{"@default"},
		"usernames that only operators give, separated by commas; @FILE: those in a file, one a line; @default: a built-in list")
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
		when(c.Accounts.PasswordCost < 4 || c.Accounts.PasswordCost > 20,
			"--password-cost must be from 4 to 20, not %d", c.Accounts.PasswordCost),
		oneOf("log-level", c.Log.Level, "debug", "info", "warn", "error"),
		oneOf("log-format", c.Log.Format, "text", "json"),
	)
}

// Flags defines the flags of Serve, with their defaults.
func (s *Serve) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&s.Listen, "listen", "127.0.0.1:8080", "address to answer on, as host:port; port 0 takes a free one")
	hostFlags(flags, &s.AllowedHosts)
	flags.StringVar(&s.Executor, "executor", "compiled", "what runs queries: compiled, or gqlgen for gqlgen's own executor")
	flags.StringVar(&s.ServerTiming, "server-timing", "auto",
		"whether answers carry a Server-Timing header with their SQL statements: on, off, or auto: on with the private PostgreSQL")
	flags.Lookup("server-timing").NoOptDefVal = "on"
	flags.BoolVar(&s.Playground, "playground", true, "serve the playground at /playground")
	flags.BoolVar(&s.Explorer, "explorer", true, "serve the explorer at /, and let every caller run its persisted documents")
	s.Limits.flags(flags)
	flags.BoolVar(&s.SignIn.AnonymousReads, "anonymous-reads", true, "whether callers without a token may read; else they may only sign in")
	flags.StringVar(&s.SignIn.TokenKey, "token-key", "",
		"file of the Ed25519 key, in PEM, that signs tokens; without it one in --data-dir, or no sign-in by password with --database-url")
	flags.StringSliceVar(&s.SignIn.VerificationKeys, "token-verification-key", nil,
		"file of a further key whose tokens are taken, as that before a change of keys; may be given several times")
	flags.DurationVar(&s.SignIn.TokenLifetime, "token-lifetime", 12*time.Hour, "time that a token is good for, 1m to 720h")
	flags.IntVar(&s.SignIn.AccountAttempts, "attempts-per-account", 10,
		"sign-ins that may be tried for one account from one address in ten minutes, 1 to 10000")
	flags.IntVar(&s.SignIn.AddressAttempts, "attempts-per-address", 100,
		"sign-ins and registrations that may be tried from one address in 100 seconds, 1 to 10000")
	flags.StringVar(&s.SignIn.Registration, "registration", "open",
		"who may make accounts: open for everyone, closed for the role OPT_USER and the command line")
	flags.IntVar(&s.SignIn.Registrations, "registrations-per-address", 100, "accounts that may be made from one address in an hour, 1 to 10000")
	flags.StringVar(&s.SignIn.CognitoIssuer, "cognito-issuer", "",
		"take tokens of this Cognito user pool: https://cognito-idp.REGION.amazonaws.com/POOL")
	flags.StringVar(&s.SignIn.CognitoKeysURL, "cognito-keys-url", "",
		"where the pool's keys are, for an emulator whose tokens name another issuer's URL; by default ISSUER/.well-known/jwks.json")
	flags.StringSliceVar(&s.SignIn.CognitoClientIDs, "cognito-client-id", nil, "app client whose tokens are taken; may be given several times")
	flags.StringSliceVar(&s.SignIn.LinkVerified, "link-verified", nil,
		"verified claims of Cognito's id tokens by which a user gets the account of the older service that has the same: email, phone_number; none by default")
	s.Persisted.flags(flags)
	corsFlags(flags, &s.CORSOrigins)
	s.Load.Flags(flags)
	flags.IntVar(&s.MaxFollowBatch, "max-follow-batch", 128, "follows at most that one statement writes together, 1 to 1000; 1: each by itself")
	flags.DurationVar(&s.HeaderTimeout, "header-timeout", 5*time.Second, "time for a request's header to come")
	flags.DurationVar(&s.ReadTimeout, "read-timeout", 15*time.Second, "time for a whole request to come")
	flags.DurationVar(&s.OperationTimeout, "operation-timeout", 10*time.Second, "time for an operation to be done")
	flags.DurationVar(&s.WriteTimeout, "write-timeout", 30*time.Second, "time from a request's header to its answer's end")
	flags.DurationVar(&s.IdleTimeout, "idle-timeout", 2*time.Minute, "time that a connection may be idle")
	flags.DurationVar(&s.Drain, "drain", 0,
		"time to go on taking requests at shutdown, with /readyz at 503, until load balancers send no more; 0 to 10m")
	flags.DurationVar(&s.ShutdownTimeout, "shutdown-timeout", 10*time.Second, "time for running requests to end after that")
	s.Observation.flags(flags)
}

// Validate checks Serve; the error names every flag at fault.
func (s *Serve) Validate() error {
	_, _, err := net.SplitHostPort(s.Listen)
	problems := []error{
		when(err != nil, "--listen must be host:port, not %q", s.Listen),
		oneOf("executor", s.Executor, "compiled", "gqlgen"),
		oneOf("server-timing", s.ServerTiming, "auto", "on", "off"),
		when(s.MaxFollowBatch < 1 || s.MaxFollowBatch > 1000, "--max-follow-batch must be from 1 to 1000, not %d", s.MaxFollowBatch),
		s.SignIn.validate(),
		s.Persisted.validate(),
		validateOrigins(s.CORSOrigins),
		validateHosts(s.AllowedHosts),
		when(s.Drain < 0 || s.Drain > 10*time.Minute, "--drain must be from 0 to 10m, not %s", s.Drain),
		s.Observation.validate(),
		s.Load.validate(s.OperationTimeout),
		s.Limits.validate(),
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

func (s *SignIn) validate() error {
	issuer, err := url.Parse(s.CognitoIssuer)
	keys, keysErr := url.Parse(s.CognitoKeysURL)
	return errors.Join(
		when(s.TokenLifetime < time.Minute || s.TokenLifetime > 720*time.Hour,
			"--token-lifetime must be from 1m to 720h, not %s", s.TokenLifetime),
		when(s.AccountAttempts < 1 || s.AccountAttempts > 10_000, "--attempts-per-account must be from 1 to 10000, not %d", s.AccountAttempts),
		when(s.AddressAttempts < 1 || s.AddressAttempts > 10_000, "--attempts-per-address must be from 1 to 10000, not %d", s.AddressAttempts),
		oneOf("registration", s.Registration, "open", "closed"),
		when(s.Registrations < 1 || s.Registrations > 10_000, "--registrations-per-address must be from 1 to 10000, not %d", s.Registrations),
		when((s.CognitoIssuer == "") != (len(s.CognitoClientIDs) == 0), "--cognito-issuer and --cognito-client-id go together"),
		when(s.CognitoIssuer != "" && (err != nil || issuer.Host == "" || issuer.Scheme != "https" && !isLoopback(issuer)),
			"--cognito-issuer must be an https URL, or an http URL of an emulator at localhost or a loopback address, not %q", s.CognitoIssuer),
		when(s.CognitoKeysURL != "" && (s.CognitoIssuer == "" || keysErr != nil || keys.Host == "" || keys.Scheme != "https" && !isLoopback(keys)),
			"--cognito-keys-url goes with --cognito-issuer, and must be an https URL, or an http URL at localhost or a loopback address, not %q",
			s.CognitoKeysURL),
		when(slices.Contains(s.CognitoClientIDs, ""), "--cognito-client-id must not be empty"),
		when(slices.ContainsFunc(s.LinkVerified, func(claim string) bool { return claim != LinkEmail && claim != LinkPhoneNumber }),
			"--link-verified must be %s, %s or both, not %q", LinkEmail, LinkPhoneNumber, strings.Join(s.LinkVerified, ",")),
		when(len(s.LinkVerified) > 0 && s.CognitoIssuer == "", "--link-verified goes with --cognito-issuer"),
	)
}

// isLoopback tells whether a URL stays on this machine, where it may do without TLS.
func isLoopback(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && address.IsLoopback())
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
