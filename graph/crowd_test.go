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

// crowd is a graph without a database that has something to answer to everything: whoever is asked for exists, all
// lists have two users and one id without an account, everything that is written succeeds.
type crowd struct {
	social.Store
}

// newCrowd makes the rules on a crowd.
func newCrowd() *social.Service { return newCrowdOn(crowd{}) }

// newCrowdOn makes the rules on a store. Whatever password is tried is right.
func newCrowdOn(store social.Store) *social.Service {
	return social.New(store, social.Options{
		AnonymousReads: true, Passwords: anyPassword{}, Tokens: anyToken{}, Attempts: anyAttempt{},
	})
}

// gone is the id without an account.
const gone = "gone"

func (crowd) user(id string) *model.User {
	if id == gone {
		return nil
	}
	return &model.User{CognitoID: id, Username: id, Role: model.UserRoleEndUser, Stats: &model.Stats{FollowersCount: 3, FollowingsCount: 3}}
}

// Pages are the same for everybody.
func (c crowd) Pages(_ context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	pages := make([][]model.Edge, len(keys))
	for i, key := range keys {
		ids := []string{"bo", gone, "layla"}
		for n, id := range ids[:min(len(ids), key.Page.Fetch())] {
			pages[i] = append(pages[i], model.Edge{Position: page.Cursor{Kind: key.Kind, ID: int64(n)}, UserID: id, Node: c.user(id)})
		}
	}
	return pages, nil
}

// Users are all but one.
func (c crowd) Users(_ context.Context, keys []model.UserKey) ([]*model.User, error) {
	users := make([]*model.User, len(keys))
	for i, key := range keys {
		users[i] = c.user(key.CognitoID + key.Username)
	}
	return users, nil
}

// UsersAndPages is both.
func (c crowd) UsersAndPages(ctx context.Context, users []model.UserKey, pages []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	return together(ctx, c, users, pages)
}

// Privates are empty.
func (crowd) Privates(_ context.Context, ids []string) ([]*model.Private, error) {
	return slices.Repeat([]*model.Private{{}}, len(ids)), nil
}

// Relations are none.
func (crowd) Relations(_ context.Context, _ string, ids []string) ([]model.Relation, error) {
	return make([]model.Relation, len(ids)), nil
}

// Suggestions are the same for everybody.
func (crowd) Suggestions(_ context.Context, _ string, count int) ([]model.SuggestionRank, error) {
	ranks := []model.SuggestionRank{{UserID: "bo"}, {UserID: gone}, {UserID: "layla"}}
	return ranks[:min(count, len(ranks))], nil
}

// FollowsBetween are none.
func (crowd) FollowsBetween(_ context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	return make([][]model.Follow, len(keys)), nil
}

// Account is there.
func (crowd) Account(_ context.Context, id string) (*model.Account, error) {
	return &model.Account{CognitoID: id, Password: "hash"}, nil
}

// AccountByUsername is there, and no Cognito user's.
func (c crowd) AccountByUsername(ctx context.Context, username string) (*model.Account, error) {
	return c.Account(ctx, "local-"+username)
}

// MoveAccount succeeds.
func (c crowd) MoveAccount(ctx context.Context, move model.AccountMove) (*model.Account, error) {
	return c.Account(ctx, move.To)
}

// CreateAccount makes it.
func (c crowd) CreateAccount(ctx context.Context, account model.NewAccount) (*model.Account, error) {
	return c.Account(ctx, account.Username)
}

// UpdateProfile changes it.
func (crowd) UpdateProfile(context.Context, string, model.ProfileChange) error { return nil }

// SetPassword sets it.
func (c crowd) SetPassword(ctx context.Context, id string, _ model.PasswordHash) (*model.Account, error) {
	return c.Account(ctx, id)
}

// RehashPassword does it.
func (crowd) RehashPassword(context.Context, string, model.PasswordHash, model.PasswordHash) error {
	return nil
}

// SetRole sets it.
func (crowd) SetRole(context.Context, string, model.UserRole) error { return nil }

// Follow follows.
func (crowd) Follow(context.Context, model.FollowKey) (model.FollowChange, error) {
	return model.FollowChange{Changed: true}, nil
}

// FollowAll follows.
func (crowd) FollowAll(_ context.Context, keys []model.FollowKey) []model.FollowResult {
	return make([]model.FollowResult, len(keys))
}

// Unfollow unfollows.
func (crowd) Unfollow(context.Context, model.FollowKey) (model.FollowChange, error) {
	return model.FollowChange{Changed: true}, nil
}

// DeleteAccount deletes.
func (crowd) DeleteAccount(context.Context, string) (bool, error) { return true, nil }

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
