package graph_test

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"followgraph/internal/auth"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/social"
)

// stubStore is a store without a database that has a result for every call: every user exists except missingID, every
// list has two users and missingID, and every write succeeds.
type stubStore struct {
	social.Store
}

// newStubService returns a service on a stubStore.
func newStubService() *social.Service { return newStubServiceOn(stubStore{}) }

// newStubServiceOn returns a service on a store. It accepts every password.
func newStubServiceOn(store social.Store) *social.Service {
	return social.New(store, social.Options{
		AnonymousReads: true, Passwords: anyPassword{}, Tokens: anyToken{}, Attempts: anyAttempt{},
	})
}

// missingID is the id without an account.
const missingID = "gone"

func (stubStore) user(id string) *model.User {
	if id == missingID {
		return nil
	}
	return &model.User{CognitoID: id, Username: id, Role: model.UserRoleEndUser, Stats: &model.Stats{FollowersCount: 3, FollowingsCount: 3}}
}

// Pages returns the same page for every key.
func (c stubStore) Pages(_ context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	pages := make([][]model.Edge, len(keys))
	for i, key := range keys {
		ids := []string{"bo", missingID, "layla"}
		for n, id := range ids[:min(len(ids), key.Page.Fetch())] {
			pages[i] = append(pages[i], model.Edge{Position: page.Cursor{Kind: key.Kind, ID: int64(n)}, UserID: id, Node: c.user(id)})
		}
	}
	return pages, nil
}

// Users returns every user except missingID.
func (c stubStore) Users(_ context.Context, keys []model.UserKey) ([]*model.User, error) {
	users := make([]*model.User, len(keys))
	for i, key := range keys {
		users[i] = c.user(key.CognitoID + key.Username)
	}
	return users, nil
}

func (c stubStore) UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	return readSeparately(ctx, c, users, pages)
}

// Privates returns empty private parts.
func (stubStore) Privates(_ context.Context, ids []string) ([]*model.Private, error) {
	return slices.Repeat([]*model.Private{{}}, len(ids)), nil
}

// Totals returns the same number for every connection.
func (stubStore) Totals(_ context.Context, keys []model.ConnectionKey) ([]*int, error) {
	return slices.Repeat([]*int{new(7)}, len(keys)), nil
}

// Relations returns no follows.
func (stubStore) Relations(_ context.Context, _ string, ids []string) ([]model.Relation, error) {
	return make([]model.Relation, len(ids)), nil
}

// Top returns the same users for every list.
func (stubStore) Top(_ context.Context, keys []model.TopKey) ([]model.TopIDs, error) {
	return slices.Repeat([]model.TopIDs{{CognitoIDs: []string{"bo", missingID, "layla"}}}, len(keys)), nil
}

// GraphTotals returns a size whose follows do not fit into 32 bits.
func (stubStore) GraphTotals(context.Context) (model.GraphTotals, error) {
	return model.GraphTotals{UsersCount: 7, FollowsCount: 12_345_678_901, CountedAt: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)}, nil
}

// Suggestions returns the same ranks for every user.
func (stubStore) Suggestions(_ context.Context, _ string, count int) ([]model.SuggestionRank, error) {
	ranks := []model.SuggestionRank{{UserID: "bo"}, {UserID: missingID}, {UserID: "layla"}}
	return ranks[:min(count, len(ranks))], nil
}

// Adjacency returns no follows.
func (stubStore) Adjacency(_ context.Context, key *model.AdjacencyKey) (*model.Adjacency, error) {
	adjacency := &model.Adjacency{Following: make([][]int, len(key.Followers)), FollowedAt: make([][]time.Time, len(key.Followers))}
	for i := range key.Followers {
		adjacency.Following[i], adjacency.FollowedAt[i] = []int{}, []time.Time{}
	}
	return adjacency, nil
}

// ShortestPath returns the same path for every pair.
func (stubStore) ShortestPath(context.Context, string, string) (model.Path, error) {
	return model.Path{Status: model.PathStatusFound, CognitoIDs: []string{"bo", "layla"}}, nil
}

// Distances returns no distances.
func (stubStore) Distances(_ context.Context, _ string, to []string) ([]model.Distance, error) {
	distances := make([]model.Distance, len(to))
	for i, id := range to {
		distances[i] = model.Distance{To: id, Status: model.PathStatusNone}
	}
	return distances, nil
}

// FollowsBetween returns no follows.
func (stubStore) FollowsBetween(_ context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	return make([][]model.Follow, len(keys)), nil
}

// Account returns an account for every id.
func (stubStore) Account(_ context.Context, id string) (*model.Account, error) {
	return &model.Account{CognitoID: id, Password: "hash"}, nil
}

// AccountByUsername returns an account that no Cognito user has claimed.
func (c stubStore) AccountByUsername(ctx context.Context, username string) (*model.Account, error) {
	return c.Account(ctx, "local-"+username)
}

func (c stubStore) MoveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error) {
	return c.Account(ctx, move.To)
}

func (c stubStore) CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error) {
	return c.Account(ctx, account.Username)
}

func (stubStore) UpdateProfile(context.Context, string, model.ProfileChange) error { return nil }

func (c stubStore) SetPassword(ctx context.Context, id string, _ model.PasswordHash) (*model.Account, error) {
	return c.Account(ctx, id)
}

func (stubStore) RehashPassword(context.Context, string, model.PasswordHash, model.PasswordHash) error {
	return nil
}

func (stubStore) SetRole(context.Context, string, model.UserRole) error { return nil }

func (stubStore) Follow(context.Context, model.FollowKey) (model.FollowChange, error) {
	return model.FollowChange{Changed: true}, nil
}

func (stubStore) FollowAll(_ context.Context, keys []model.FollowKey) []model.FollowResult {
	return make([]model.FollowResult, len(keys))
}

func (stubStore) Unfollow(context.Context, model.FollowKey) (model.FollowChange, error) {
	return model.FollowChange{Changed: true}, nil
}

func (stubStore) DeleteAccount(context.Context, string) (bool, error) { return true, nil }

type anyPassword struct{ social.Passwords }

func (anyPassword) Hash(context.Context, auth.Origin, string) (string, error) { return "hash", nil }

func (anyPassword) Check(context.Context, auth.Origin, string, string) (auth.Match, error) {
	return auth.Match{OK: true}, nil
}

type anyToken struct{ social.Tokens }

func (anyToken) Issue(string, int64) (string, time.Time, error) { return "token", time.Time{}, nil }

type anyAttempt struct{ social.Attempts }

func (anyAttempt) Take(string, netip.Addr) (limit.Attempt, error)      { return limit.Attempt{}, nil }
func (anyAttempt) TakeClaim(string, netip.Addr) (limit.Attempt, error) { return limit.Attempt{}, nil }
func (anyAttempt) TakeRegistration(netip.Addr) (limit.Attempt, error)  { return limit.Attempt{}, nil }
func (anyAttempt) TakeAddress(netip.Addr) error                        { return nil }
func (anyAttempt) Succeeded(limit.Attempt)                             {}
func (anyAttempt) Release(limit.Attempt)                               {}
