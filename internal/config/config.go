// Package config reads the configuration from flags and environment variables and validates it.
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

// Database selects the PostgreSQL database.
type Database struct {
	URL            string // empty: the private PostgreSQL in DataDir
	DataDir        string
	MaxConnections int // per process
	Pooler         string
}

// Values of Database.Pooler.
const (
	PoolerAuto        = "auto" // the program finds out
	PoolerNone        = "none"
	PoolerTransaction = "transaction"
)

// Log configures the log, which goes to standard error.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text, json
}

// Accounts configures password hashes and reserved usernames.
type Accounts struct {
	PasswordCost  int      // bcrypt cost: each step doubles the time of a hash
	ReservedNames []string // usernames; @FILE reads them from a file, @default is the built-in list
}

// Common is the configuration of every subcommand.
type Common struct {
	Database Database
	Accounts Accounts
	Log      Log
}

// SignIn configures authentication and registration.
type SignIn struct {
	AnonymousReads   bool
	TokenKey         string   // file of the key that signs tokens; empty: a key in the data directory of the private PostgreSQL
	VerificationKeys []string // files of further keys whose tokens are accepted
	TokenLifetime    time.Duration
	AccountAttempts  int    // sign-in attempts per account and network in ten minutes
	AddressAttempts  int    // sign-in and registration attempts per network in 100 seconds
	Registration     string // open, closed
	Registrations    int    // new accounts per network and hour
	CognitoIssuer    string // empty: no Cognito
	CognitoKeysURL   string // empty: below the issuer
	CognitoClientIDs []string
	LinkVerified     []string // claims that link accounts automatically: LinkEmail, LinkPhoneNumber
}

// Claims for SignIn.LinkVerified.
const (
	LinkEmail       = "email"
	LinkPhoneNumber = "phone_number"
)

// Serve is the configuration of `followgraph serve`, in addition to Common.
type Serve struct {
	Listen           string   // host:port
	AllowedHosts     []string // in addition to the names of a loopback address
	Executor         string   // compiled, gqlgen
	ServerTiming     string   // auto, on, off
	Playground       bool
	Explorer         bool
	Graph            Graph
	Replicas         Replicas
	SignIn           SignIn
	Persisted        Persisted
	CORSOrigins      []string // origins whose pages may call the API; "*" for all
	Observation      Observation
	Load             Load
	Subscriptions    Subscriptions
	Limits           Limits
	MaxFollowBatch   int // follows per statement
	HeaderTimeout    time.Duration
	ReadTimeout      time.Duration
	OperationTimeout time.Duration
	WriteTimeout     time.Duration
	IdleTimeout      time.Duration
	Drain            time.Duration // time to accept requests after a signal to stop
	ShutdownTimeout  time.Duration
}

// Flags defines the flags of Common, with their defaults.
func (c *Common) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&c.Database.URL, "database-url", "",
		"database to use: postgres://user:password@host/name (default: a private PostgreSQL in --data-dir)")
	flags.StringVar(&c.Database.DataDir, "data-dir", ".followgraph", "directory of the private PostgreSQL")
	flags.IntVar(&c.Database.MaxConnections, "max-connections", 16, "maximum number of database connections, 2 to 1000")
	flags.StringVar(&c.Database.Pooler, "pooler", PoolerAuto,
		"pooler at --database-url that shares sessions between transactions: auto (found out at start), none or transaction")
	flags.IntVar(&c.Accounts.PasswordCost, "password-cost", 12, "bcrypt cost of password hashes, 4 to 20; after an increase, hashes are replaced when users sign in")
	flags.StringSliceVar(&c.Accounts.ReservedNames, "reserved-names", []string{"@default"},
		"usernames that only operators can assign, separated by commas; @FILE reads a file with one name per line; @default is the built-in list")
	flags.StringVar(&c.Log.Level, "log-level", "info", "minimum level to log: debug, info, warn or error")
	flags.StringVar(&c.Log.Format, "log-format", "text", "format of the log: text or json")
}

// Validate returns an error that names every invalid flag of Common.
func (c *Common) Validate() error {
	return errors.Join(
		when(c.Database.URL == "" && c.Database.DataDir == "", "--data-dir must name a directory if --database-url is not set"),
		when(c.Database.URL != "" && !isPostgres(c.Database.URL), "--database-url must begin with postgres:// or postgresql://"),
		when(c.Database.MaxConnections < 2 || c.Database.MaxConnections > 1000,
			"--max-connections must be from 2 to 1000, not %d", c.Database.MaxConnections),
		oneOf("pooler", c.Database.Pooler, PoolerAuto, PoolerNone, PoolerTransaction),
		when(c.Accounts.PasswordCost < 4 || c.Accounts.PasswordCost > 20,
			"--password-cost must be from 4 to 20, not %d", c.Accounts.PasswordCost),
		oneOf("log-level", c.Log.Level, "debug", "info", "warn", "error"),
		oneOf("log-format", c.Log.Format, "text", "json"),
	)
}

func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// Flags defines the flags of Serve, with their defaults.
func (s *Serve) Flags(flags *pflag.FlagSet) {
	listenFlag(flags, &s.Listen)
	hostFlags(flags, &s.AllowedHosts)
	flags.StringVar(&s.Executor, "executor", "compiled", "query executor: compiled, or gqlgen for gqlgen's own executor")
	flags.StringVar(&s.ServerTiming, "server-timing", "auto",
		"send a Server-Timing header with the number and time of SQL statements: on, off or auto (on with the private PostgreSQL)")
	flags.Lookup("server-timing").NoOptDefVal = "on"
	flags.BoolVar(&s.Playground, "playground", true, "serve the playground at /playground")
	flags.BoolVar(&s.Explorer, "explorer", true, "serve the explorer at / and trust its persisted documents")
	s.Graph.flags(flags)
	s.Replicas.flags(flags)
	s.Limits.flags(flags)
	flags.BoolVar(&s.SignIn.AnonymousReads, "anonymous-reads", true, "allow reads without a token; with false, callers without a token can only sign in and register")
	flags.StringVar(&s.SignIn.TokenKey, "token-key", "",
		"file with the Ed25519 key in PEM that signs tokens (default: a key in --data-dir; with --database-url, none, which disables sign-in by password)")
	flags.StringSliceVar(&s.SignIn.VerificationKeys, "token-verification-key", nil,
		"file with a further key whose tokens are accepted, such as the previous key after a rotation; repeatable")
	flags.DurationVar(&s.SignIn.TokenLifetime, "token-lifetime", 12*time.Hour, "lifetime of a token, 1m to 720h")
	flags.IntVar(&s.SignIn.AccountAttempts, "attempts-per-account", 10,
		"failed sign-ins allowed per account and address in ten minutes, 1 to 10000")
	flags.IntVar(&s.SignIn.AddressAttempts, "attempts-per-address", 100,
		"failed sign-ins, and registrations, allowed per address in 100 seconds, 1 to 10000")
	flags.StringVar(&s.SignIn.Registration, "registration", "open",
		"who can create accounts: open for everyone, closed for the role OPT_USER and the command line")
	flags.IntVar(&s.SignIn.Registrations, "registrations-per-address", 100, "new accounts allowed per address in an hour, 1 to 10000")
	flags.StringVar(&s.SignIn.CognitoIssuer, "cognito-issuer", "",
		"accept tokens of this Cognito user pool: https://cognito-idp.REGION.amazonaws.com/POOL")
	flags.StringVar(&s.SignIn.CognitoKeysURL, "cognito-keys-url", "",
		"URL of the pool's keys, for an emulator whose tokens name another issuer (default ISSUER/.well-known/jwks.json)")
	flags.StringSliceVar(&s.SignIn.CognitoClientIDs, "cognito-client-id", nil, "app client whose tokens are accepted; repeatable")
	flags.StringSliceVar(&s.SignIn.LinkVerified, "link-verified", nil,
		"verified claims of Cognito id tokens that link a user to the existing account with the same value: email, phone_number (default: none)")
	s.Persisted.flags(flags)
	corsFlags(flags, &s.CORSOrigins)
	s.Load.Flags(flags)
	s.Subscriptions.flags(flags)
	flags.IntVar(&s.MaxFollowBatch, "max-follow-batch", 128, "maximum number of follows that one statement writes, 1 to 1000; 1 disables batching")
	flags.DurationVar(&s.HeaderTimeout, "header-timeout", 5*time.Second, "time limit for reading a request's header")
	flags.DurationVar(&s.ReadTimeout, "read-timeout", 15*time.Second, "time limit for reading a whole request")
	flags.DurationVar(&s.OperationTimeout, "operation-timeout", 10*time.Second, "time limit for running an operation")
	flags.DurationVar(&s.WriteTimeout, "write-timeout", 30*time.Second, "time limit from the end of a request's header to the end of the response")
	flags.DurationVar(&s.IdleTimeout, "idle-timeout", 2*time.Minute, "time limit for an idle connection")
	flags.DurationVar(&s.Drain, "drain", 0,
		"time to accept requests after a signal to stop, while /readyz returns 503, so that load balancers can react; 0 to 10m")
	flags.DurationVar(&s.ShutdownTimeout, "shutdown-timeout", 10*time.Second, "time limit for running requests after --drain")
	s.Observation.flags(flags)
}

// Validate returns an error that names every invalid flag of Serve.
func (s *Serve) Validate() error {
	_, _, err := net.SplitHostPort(s.Listen)
	problems := []error{
		when(err != nil, "--listen must be host:port, not %q", s.Listen),
		oneOf("executor", s.Executor, "compiled", "gqlgen"),
		oneOf("server-timing", s.ServerTiming, "auto", "on", "off"),
		when(s.MaxFollowBatch < 1 || s.MaxFollowBatch > 1000, "--max-follow-batch must be from 1 to 1000, not %d", s.MaxFollowBatch),
		s.Graph.validate(),
		s.Replicas.validate(),
		s.SignIn.validate(),
		s.Persisted.validate(),
		validateOrigins(s.CORSOrigins),
		validateHosts(s.AllowedHosts),
		when(s.Drain < 0 || s.Drain > 10*time.Minute, "--drain must be from 0 to 10m, not %s", s.Drain),
		s.Observation.validate(),
		s.Load.validate(s.OperationTimeout),
		s.Subscriptions.validate(),
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
		when((s.CognitoIssuer == "") != (len(s.CognitoClientIDs) == 0), "--cognito-issuer and --cognito-client-id must be set together"),
		when(s.CognitoIssuer != "" && (err != nil || issuer.Host == "" || issuer.Scheme != "https" && !isLoopback(issuer)),
			"--cognito-issuer must be an https URL, or for an emulator an http URL with localhost or a loopback address, not %q", s.CognitoIssuer),
		when(s.CognitoKeysURL != "" && (s.CognitoIssuer == "" || keysErr != nil || keys.Host == "" || keys.Scheme != "https" && !isLoopback(keys)),
			"--cognito-keys-url needs --cognito-issuer, and must be an https URL, or an http URL with localhost or a loopback address, not %q",
			s.CognitoKeysURL),
		when(slices.Contains(s.CognitoClientIDs, ""), "--cognito-client-id must not be empty"),
		when(slices.ContainsFunc(s.LinkVerified, func(claim string) bool { return claim != LinkEmail && claim != LinkPhoneNumber }),
			"--link-verified must be %s, %s or both, not %q", LinkEmail, LinkPhoneNumber, strings.Join(s.LinkVerified, ",")),
		when(len(s.LinkVerified) > 0 && s.CognitoIssuer == "", "--link-verified needs --cognito-issuer"),
	)
}

// isLoopback reports whether u is an http URL of this machine, which needs no TLS.
func isLoopback(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && address.IsLoopback())
}

func when(invalid bool, format string, args ...any) error {
	if !invalid {
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
