// Package social holds the rules of the follow graph: what may be asked for, who sees what, and what is one transaction.
package social

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"followgraph/internal/auth"
	"followgraph/internal/profile"
)

// Passwords hashes and compares passwords, in turns for the networks of their origins.
type Passwords interface {
	// Hash makes the hash that is kept of a password. RATE_LIMITED where too many wait for their turns.
	Hash(ctx context.Context, origin auth.Origin, password string) (hash string, err error)
	// Check compares a password with a hash, and reports whether the hash should be made again. An empty hash never
	// matches and costs as much as one that does not. An error means that nothing was compared.
	Check(ctx context.Context, origin auth.Origin, hash, password string) (auth.Match, error)
}

// Tokens makes the tokens of those who sign in here.
type Tokens interface {
	// Issue makes a token for an account at a version of its tokens, and tells when it ends.
	Issue(subject string, version int64) (token string, expires time.Time, err error)
}

// Attempts bounds how often is tried what tells something by its failure. Errors are RATE_LIMITED.
type Attempts interface {
	// Take counts a password that is tried for an account.
	Take(account string, address netip.Addr) (auth.Attempt, error)
	// TakeAddress is Take for what is about no account yet.
	TakeAddress(address netip.Addr) error
	// TakeClaim counts an attempt to have what one account may have at a time. The caller may be empty.
	TakeClaim(caller string, address netip.Addr) (auth.Attempt, error)
	// TakeRegistration counts an account that is to be made.
	TakeRegistration(address netip.Addr) (auth.Attempt, error)
	// Succeeded takes back what only failures cost.
	Succeeded(attempt auth.Attempt)
	// GiveBack takes an attempt back of which nothing came.
	GiveBack(attempt auth.Attempt)
}

// Options is what the rules depend on beside the store.
type Options struct {
	Passwords      Passwords
	Tokens         Tokens // nil: nobody signs in by password
	Attempts       Attempts
	RefusalDelay   time.Duration // how long whoever tries too often waits for the answer
	AnonymousReads bool          // whether those who are not signed in may read
	// Reserved are the usernames that only operators give.
	Reserved profile.Reserved
	// RegistrationClosed keeps everyone but operators from making accounts.
	RegistrationClosed bool
	// LinkVerified is by which verified claims of a Cognito token an account is linked that no Cognito user has; none by default.
	LinkVerified LinkVerified
	Log          *slog.Logger // nil: none
}

// Service answers questions about the graph and changes it. It is safe for concurrent use.
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
		options: options, callers: newCallers(store.Account, time.Now), links: newLinks(time.Now),
	}
}
