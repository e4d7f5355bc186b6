// Package social implements the rules of the follow graph: what a caller may request and see, and which changes form
// one transaction.
package social

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"followgraph/internal/auth"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/profile"
)

// Passwords hashes and compares passwords. It serves the networks of the callers in turn.
type Passwords interface {
	// Hash returns the hash of a password. RATE_LIMITED if too many callers wait for their turn.
	Hash(ctx context.Context, origin auth.Origin, password string) (hash string, err error)
	// Check compares a password with a hash, and reports whether the hash should be replaced. An empty hash never
	// matches, and comparing with it takes as long as a mismatch. An error means that nothing was compared.
	Check(ctx context.Context, origin auth.Origin, hash, password string) (auth.Match, error)
}

// Tokens issues the tokens of local sign-in.
type Tokens interface {
	// Issue returns a token for an account and a version of its tokens, and when the token expires.
	Issue(subject string, version int64) (token string, expires time.Time, err error)
}

// Attempts limits how often a caller may try something whose failure reveals information. Errors are RATE_LIMITED.
type Attempts interface {
	// Take counts an attempt to sign in to an account.
	Take(account string, address netip.Addr) (limit.Attempt, error)
	// TakeAddress is Take for an action without an account.
	TakeAddress(address netip.Addr) error
	// TakeClaim counts an attempt to get a value that only one account may have. caller may be empty.
	TakeClaim(caller string, address netip.Addr) (limit.Attempt, error)
	// TakeRegistration counts an attempt to create an account.
	TakeRegistration(address netip.Addr) (limit.Attempt, error)
	// Succeeded refunds the part of an attempt's cost that applies only to failures.
	Succeeded(attempt limit.Attempt)
	// Release refunds an attempt that had no effect.
	Release(attempt limit.Attempt)
}

// Accounts tells which tokens of an account are valid, without a statement.
type Accounts interface {
	// TokenVersion returns the version of an account's tokens, and its role. found is false if there is no account.
	// current is false if the answer may be too old: the database decides then.
	TokenVersion(cognitoID string) (version int64, role model.UserRole, found, current bool)
	// CallerAway returns the version of an account's tokens and its role while the primary is away; found is false while it
	// is not. failed reports whether the primary has just not answered. An account that is not found may exist.
	CallerAway(ctx context.Context, cognitoID string, failed bool) (version int64, role model.UserRole, found bool)
	// ReadSQL makes sure that the operation of ctx reads nothing older than what it has read from the database before the
	// call.
	ReadSQL(ctx context.Context)
}

// Options holds the dependencies of the rules other than the store.
type Options struct {
	Passwords      Passwords
	Tokens         Tokens // nil: sign-in by password is disabled
	Attempts       Attempts
	RefusalDelay   time.Duration // how long a response to too many attempts is delayed
	AnonymousReads bool          // whether callers who are not signed in may read
	// Reserved holds the usernames that only operators may assign.
	Reserved profile.Reserved
	// RegistrationClosed allows only operators to create accounts.
	RegistrationClosed bool
	// LinkVerified selects the verified claims of a Cognito token that link an account without a Cognito user; none by
	// default.
	LinkVerified LinkVerified
	// Accounts are those in memory; nil: the database is asked.
	Accounts Accounts
	Log      *slog.Logger // nil: no log
}

// Service reads and changes the graph according to the rules. It is safe for concurrent use.
type Service struct {
	graph    Reader
	accounts AccountStore
	follows  FollowWriter
	options  Options
	callers  *callerCache
	links    *linkAttempts
}

// New returns a Service on a store. The parts of the store may be separate implementations.
func New(store Store, options Options) *Service {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		graph: store, accounts: store, follows: store,
		options: options, callers: newCallerCache(store.Account, time.Now), links: newLinks(time.Now),
	}
}
