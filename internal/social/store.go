package social

import (
	"context"

	"followgraph/internal/model"
)

// Store is what the rules need from the database. A Service uses its three parts separately, so a Store can be composed
// of separate implementations:
//
//	struct {
//		social.Reader
//		social.AccountStore
//		social.FollowWriter
//	}
type Store interface {
	Reader
	AccountStore
	FollowWriter
}

// Reader reads the public graph: the users' public fields and counts, and the follows between them. It checks no
// permissions: Service decides who may see a result.
type Reader interface {
	// Users returns the user of each key, nil for a key without an account.
	Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error)
	// Pages returns the edges of each key's page and one more, which shows whether another page follows, read away from
	// the cursor. An edge has its user if the key's projection includes it. The kinds of keys are a user's follow
	// lists, the lists that two users share, all users in an order, and search.
	Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error)
	// UsersAndPages is Users and Pages in one round trip. If only the pages fail, they are nil and the error is nil.
	UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error)
	// Totals returns the number of elements on all pages of each key's connection. It is exact, or nil if counting them
	// would take too long.
	Totals(ctx context.Context, keys []model.ConnectionKey) ([]*int, error)
	// Relations returns for each user whether the viewer follows them and whether they follow the viewer.
	Relations(ctx context.Context, viewer string, cognitoIDs []string) ([]model.Relation, error)
	// FollowsBetween returns the follows of each key between users who have accounts, sorted by follower, then by
	// followed user.
	FollowsBetween(ctx context.Context, keys []*model.BetweenKey) ([][]model.Follow, error)
	// Adjacency returns the follows from users of one list to users of another, as traversal.Adjacency does. It reads a
	// bounded number of follows.
	Adjacency(ctx context.Context, key *model.AdjacencyKey) (*model.Adjacency, error)
	// ShortestPath searches for the shortest path of follows from one user to another, and reads a bounded number of
	// follows.
	ShortestPath(ctx context.Context, from, to string) (model.Path, error)
	// Distances returns the distance from a user to each of several different users, up to traversal.MaxDistance. It
	// reads a bounded number of follows.
	Distances(ctx context.Context, from string, to []string) ([]model.Distance, error)
	// Top returns the users of each key's list who have the most followers, and who have accounts. Ties are broken by the
	// larger id.
	Top(ctx context.Context, keys []model.TopKey) ([]model.TopIDs, error)
	// GraphTotals returns the numbers of accounts and follows, and when they were counted.
	GraphTotals(ctx context.Context) (model.GraphTotals, error)
	// Suggestions ranks at most limit users that a user might follow, best first.
	Suggestions(ctx context.Context, cognitoID string, limit int) ([]model.SuggestionRank, error)
}

// AccountStore reads and writes accounts: their sign-in data, and the fields that only the user and operators may see.
type AccountStore interface {
	// Account returns the account with a Cognito id, nil if there is none.
	Account(ctx context.Context, cognitoID string) (*model.Account, error)
	// AccountByUsername returns the account with exactly this username. If there is none, it returns the only account
	// whose username differs from it in case alone, and nil if there is none or more than one.
	AccountByUsername(ctx context.Context, username string) (*model.Account, error)
	// CreateAccount creates an account. It returns one CONFLICT for each field that another account has: username and
	// email are compared without case, the phone number exactly.
	CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error)
	// UpdateProfile changes all given fields of an account or none. CONFLICT as in CreateAccount; NOT_FOUND if there is
	// no account.
	UpdateProfile(ctx context.Context, cognitoID string, change model.ProfileChange) error
	// SetPassword changes an account's password, invalidates its tokens, and returns the account with its new token
	// version.
	SetPassword(ctx context.Context, cognitoID string, hash model.PasswordHash) (*model.Account, error)
	// MoveAccount gives an account and everything that belongs to it another Cognito id, and returns the account after
	// the move. NOT_FOUND if no account has the old id; CONFLICT if the new id cannot have the account.
	MoveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error)
	// AccountByClaims returns the only account that has one of the values in wanted, compared exactly. It returns nil
	// if no account or more than one has one, or if the account's other field has a value that differs from proved.
	AccountByClaims(ctx context.Context, wanted, proved model.VerifiedClaims) (*model.Account, error)
	// RehashPassword replaces an old hash with a new one of the same password, if the account still has the old one.
	RehashPassword(ctx context.Context, cognitoID string, old, hash model.PasswordHash) error
	// SetRole gives an account a role; NOT_FOUND if there is no account.
	SetRole(ctx context.Context, cognitoID string, role model.UserRole) error
	// Privates returns the private fields of accounts, nil for a user without an account.
	Privates(ctx context.Context, cognitoIDs []string) ([]*model.Private, error)
}

// FollowWriter writes follows, and deletes accounts with their follows.
type FollowWriter interface {
	// Follow adds a follow between two accounts. NOT_FOUND if either has no account; the error names the user or the
	// viewer.
	Follow(ctx context.Context, key model.FollowKey) (model.FollowChange, error)
	// FollowAll adds several follows and returns a separate result for each.
	FollowAll(ctx context.Context, keys []model.FollowKey) []model.FollowResult
	// Unfollow removes a follow.
	Unfollow(ctx context.Context, key model.FollowKey) (model.FollowChange, error)
	// DeleteAccount deletes an account, and as many of its follows as there is time for. It reports whether there was
	// an account. Store.Sweep deletes the remaining follows.
	DeleteAccount(ctx context.Context, cognitoID string) (bool, error)
}
