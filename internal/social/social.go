// Package social holds the rules of the follow graph: what may be asked for, who sees what, and what is one transaction.
package social

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/profile"
)

// Store is what the rules need of the database.
type Store interface {
	// Pages reads a page and one row more for each key, away from the cursor, with the accounts that it selects.
	Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error)
	// Users looks accounts up, nil in the place of an unknown one.
	Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error)
	// UsersAndPages is Users and Pages in one round trip. A fault of the pages alone is no error, they are nil then.
	UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error)

	AccountStore
	FollowStore
}

// AccountStore is what the rules of accounts need of the database.
type AccountStore interface {
	// Account is the account with a Cognito id, nil where there is none.
	Account(ctx context.Context, cognitoID string) (*model.Account, error)
	// AccountByUsername is the account with a username, else the only one whose username differs from it in case; nil where
	// there is neither.
	AccountByUsername(ctx context.Context, username string) (*model.Account, error)
	// CreateAccount makes an account. A username or email that another one has, whatever its case, or a phone number that
	// another one has is CONFLICT, an error each.
	CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error)
	// UpdateProfile changes an account's fields, all or none. CONFLICT as with CreateAccount; NOT_FOUND where there is none.
	UpdateProfile(ctx context.Context, cognitoID string, change model.ProfileChange) error
	// SetPassword changes an account's password and ends its tokens: it returns the account with its new token version.
	SetPassword(ctx context.Context, cognitoID string, hash model.PasswordHash) (*model.Account, error)
	// MoveAccount gives an account another Cognito id, with all that is of the old one, and returns it as it is now. NOT_FOUND
	// where there is no account with the old one; CONFLICT where the new one cannot have it.
	MoveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error)
	// AccountByClaims is the only account that has one of what wanted names, exactly; nil where none or another one has it, or
	// where what it has otherwise differs from proved.
	AccountByClaims(ctx context.Context, wanted, proved model.VerifiedClaims) (*model.Account, error)
	// RehashPassword puts a new hash of the same password in the place of an old one, if that is still there.
	RehashPassword(ctx context.Context, cognitoID string, old, hash model.PasswordHash) error
	// SetRole gives an account a role; NOT_FOUND where there is no account.
	SetRole(ctx context.Context, cognitoID string, role model.UserRole) error
	// Privates reads the private parts of accounts, nil in the place of an unknown one.
	Privates(ctx context.Context, cognitoIDs []string) ([]*model.Private, error)
}

// FollowStore is what the rules of following need of the database.
type FollowStore interface {
	// Follow begins a follow between two accounts; NOT_FOUND where either has none, naming the user or the viewer.
	Follow(ctx context.Context, key model.FollowKey) (model.FollowChange, error)
	// FollowAll begins several follows, each with a result of its own.
	FollowAll(ctx context.Context, keys []model.FollowKey) []model.FollowResult
	// Unfollow ends a follow.
	Unfollow(ctx context.Context, key model.FollowKey) (model.FollowChange, error)
	// DeleteAccount removes an account, and its follows as far as there is time; it tells whether there was one. What
	// remains of the follows is removed by Sweep.
	DeleteAccount(ctx context.Context, cognitoID string) (bool, error)
	// Relations tells for each user how they and the viewer stand to each other.
	Relations(ctx context.Context, viewer string, cognitoIDs []string) ([]model.Relation, error)
	// FollowsBetween reads the follows of each key, by follower and by whom they follow, of users who have accounts.
	FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error)
	// Suggestions ranks whom a user might follow, the best first.
	Suggestions(ctx context.Context, cognitoID string, limit int) ([]model.SuggestionRank, error)
}

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
	store   Store
	options Options
	callers *callers
	links   *links
}

// New makes a Service on a store.
func New(store Store, options Options) *Service {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, options: options, callers: newCallers(store.Account, time.Now), links: newLinks(time.Now)}
}
