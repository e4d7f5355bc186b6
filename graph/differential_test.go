package graph_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/executor/differential"
	"followgraph/internal/globalid"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/page"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// operations is how many random operations TestDifferential runs.
var operations = flag.Int("operations", 1000, "how many random operations the two executors are compared on")

// generatedStore is a store without a database. It generates users and follows from a seed.
type generatedStore struct {
	social.Store // nil, because the operations are queries

	seed                  uint64
	pagesFail, usersFail  bool
	unknown, withoutNames int  // percentages of the users
	allColumns            bool // whether it reads all columns of users
}

var errNoDatabase = errors.New("no database")

// number returns a number that depends on the seed and a key.
func (m generatedStore) number(key ...any) int {
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, m.seed, key)
	return int(hash.Sum64() >> 16)
}

// Pages generates pages of at most four elements.
func (m generatedStore) Pages(_ context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	if m.pagesFail {
		return nil, errNoDatabase
	}
	pages := make([][]model.Edge, len(keys))
	for i, key := range keys {
		named := fmt.Sprint(key.Kind, key.User, key.With, key.Query, key.Page)
		for n := range min(m.number(named)%5, key.Page.Fetch()) {
			edge := model.Edge{
				Position: page.Cursor{Kind: key.Kind, At: int64(m.number(named, n) % 1e15), ID: int64(n)},
				UserID:   fmt.Sprint("id", m.number(named, n, "who")%20),
			}
			if key.Projection.Users {
				edge.Node = m.user(edge.UserID, key.Projection.Details, key.Projection.Counts)
			}
			pages[i] = append(pages[i], edge)
		}
	}
	return pages, nil
}

// Users generates accounts.
func (m generatedStore) Users(_ context.Context, keys []model.UserKey) ([]*model.User, error) {
	if m.usersFail {
		return nil, errNoDatabase
	}
	users := make([]*model.User, len(keys))
	for i, key := range keys {
		users[i] = m.user(key.CognitoID+key.Username, key.Details, key.Counts)
	}
	return users, nil
}

// Privates generates the private parts of accounts.
func (m generatedStore) Privates(_ context.Context, ids []string) ([]*model.Private, error) {
	if m.usersFail {
		return nil, errNoDatabase
	}
	privates := make([]*model.Private, len(ids))
	for i, id := range ids {
		if m.number(id, "known")%100 >= m.unknown {
			privates[i] = &model.Private{PhoneNumber: &ids[i], Email: []*string{nil, &ids[i]}[m.number(id, "email")%2]}
		}
	}
	return privates, nil
}

// Relations generates follows of and by the caller.
func (m generatedStore) Relations(_ context.Context, caller string, ids []string) ([]model.Relation, error) {
	if m.usersFail {
		return nil, errNoDatabase
	}
	relations := make([]model.Relation, len(ids))
	for i, id := range ids {
		relations[i] = model.Relation{ViewerFollows: m.number(caller, id)%2 == 0, FollowsViewer: m.number(id, caller)%2 == 0}
	}
	return relations, nil
}

// Suggestions generates at most three suggestions.
func (m generatedStore) Suggestions(_ context.Context, id string, limit int) ([]model.SuggestionRank, error) {
	if m.pagesFail {
		return nil, errNoDatabase
	}
	ranks := make([]model.SuggestionRank, min(limit, m.number(id, "suggestions")%4))
	for i := range ranks {
		ranks[i] = model.SuggestionRank{UserID: fmt.Sprint("id", m.number(id, i)%20), FollowedByCount: 9 - i}
	}
	return ranks, nil
}

// Top generates at most three users, who may have no account.
func (m generatedStore) Top(_ context.Context, keys []model.TopKey) ([]model.TopIDs, error) {
	if m.pagesFail {
		return nil, errNoDatabase
	}
	lists := make([]model.TopIDs, len(keys))
	for i, key := range keys {
		for n := range min(key.Limit, m.number(key.UserID, key.Kind, "top")%4) {
			lists[i].CognitoIDs = append(lists[i].CognitoIDs, fmt.Sprint("id", m.number(key.UserID, n)%20))
		}
		lists[i].Complete = m.number(key.UserID, "complete")%2 == 0
	}
	return lists, nil
}

// GraphTotals generates a size.
func (m generatedStore) GraphTotals(context.Context) (model.GraphTotals, error) {
	if m.pagesFail {
		return model.GraphTotals{}, errNoDatabase
	}
	return model.GraphTotals{UsersCount: m.number("users"), FollowsCount: float64(m.number("follows")) * 1e6, CountedAt: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)}, nil
}

// ShortestPath generates paths of up to four users, who may have no account.
func (m generatedStore) ShortestPath(_ context.Context, from, to string) (model.Path, error) {
	if m.pagesFail {
		return model.Path{}, errNoDatabase
	}
	path := model.Path{Status: model.AllPathStatus[m.number(from, to)%len(model.AllPathStatus)]}
	if path.Status == model.PathStatusFound {
		for n := range 1 + m.number(from, to, "length")%4 {
			path.CognitoIDs = append(path.CognitoIDs, fmt.Sprint("id", m.number(from, to, n)%20))
		}
	}
	return path, nil
}

// Distances generates distances.
func (m generatedStore) Distances(_ context.Context, from string, to []string) ([]model.Distance, error) {
	if m.pagesFail {
		return nil, errNoDatabase
	}
	distances := make([]model.Distance, len(to))
	for i, id := range to {
		distances[i] = model.Distance{To: id, Status: model.AllPathStatus[m.number(from, id)%len(model.AllPathStatus)]}
		if distances[i].Status == model.PathStatusFound {
			distances[i].Length = new(m.number(from, id, "length") % 4)
		}
	}
	return distances, nil
}

// Adjacency generates lists, of which the last ones are not read.
func (m generatedStore) Adjacency(_ context.Context, key *model.AdjacencyKey) (*model.Adjacency, error) {
	if m.pagesFail {
		return nil, errNoDatabase
	}
	all := &model.Adjacency{Following: make([][]int, len(key.Followers)), FollowedAt: make([][]time.Time, len(key.Followers))}
	for i, follower := range key.Followers {
		if i > 0 && m.number(key.Followers[0], key.Followings)%4 == 0 {
			break
		}
		all.Following[i], all.FollowedAt[i] = []int{}, []time.Time{}
		for j, following := range key.Followings {
			if n := m.number(follower, following); n%2 == 0 {
				all.Following[i] = append(all.Following[i], j)
				all.FollowedAt[i] = append(all.FollowedAt[i], time.UnixMicro(int64(n%1e15)).UTC())
			}
		}
	}
	return all, nil
}

// FollowsBetween generates whether each pair is a follow.
func (m generatedStore) FollowsBetween(_ context.Context, keys []*model.BetweenKey) ([][]model.Follow, error) {
	if m.pagesFail {
		return nil, errNoDatabase
	}
	follows := make([][]model.Follow, len(keys))
	for i, key := range keys {
		for _, follower := range key.Followers {
			for _, following := range key.Followings {
				if n := m.number(follower, following); n%2 == 0 {
					follows[i] = append(follows[i], model.Follow{Follower: follower, Following: following, FollowedAt: time.UnixMicro(int64(n % 1e15)).UTC()})
				}
			}
		}
	}
	return follows, nil
}

func (m generatedStore) UsersAndPages(
	ctx context.Context, users []model.UserKey, pages []model.ConnectionKey,
) ([]*model.User, [][]model.Edge, error) {
	return readSeparately(ctx, m, users, pages)
}

func (m generatedStore) user(id string, details, counts bool) *model.User {
	if m.number(id, "known")%100 < m.unknown {
		return nil
	}
	user := &model.User{CognitoID: id, Username: "the \"user\" " + id}
	updated := time.UnixMicro(int64(m.number(id) % 1e15)).UTC()
	if m.number(id, "named")%100 >= m.withoutNames {
		user.Firstname = &user.Username
	}
	if details || m.allColumns {
		user.Role = model.AllUserRole[m.number(id, "role")%len(model.AllUserRole)]
		user.CreatedAt, user.UpdatedAt = time.UnixMicro(int64(m.number(id, "made")%1e15)).UTC(), updated
		if user.Firstname != nil {
			user.Avatar = &user.CognitoID
		}
	}
	if counts || m.allColumns {
		user.Stats = &model.Stats{FollowersCount: m.number(id, "followers") % 1e6, FollowingsCount: m.number(id, "followed") % 1e6}
		if user.Firstname != nil {
			user.Stats.UpdatedAt = &updated
		}
	}
	return user
}

// Totals generates totals, and null for every third connection.
func (m generatedStore) Totals(_ context.Context, keys []model.ConnectionKey) ([]*int, error) {
	totals := make([]*int, len(keys))
	for i, key := range keys {
		if n := m.number("total", key.User, key.With, key.Query); n%3 > 0 {
			totals[i] = new(n % 1e6)
		}
	}
	return totals, nil
}

// TestDifferential runs random operations on generated graphs, and compares the responses of both executors.
func TestDifferential(t *testing.T) {
	t.Parallel()
	id := func(r *rand.Rand) any {
		return []any{"broken", globalid.User("nobody"), globalid.User(fmt.Sprint("id", r.IntN(20)))}[min(r.IntN(9), 2)]
	}
	options := differential.Options{
		Schema: executors["gqlgen"](nil).Schema(),
		Values: map[string]func(r *rand.Rand) any{
			"ID":  id,
			"Int": func(r *rand.Rand) any { return []int{0, 101, 1, 2, 3}[min(r.IntN(20), 2+r.IntN(3))] },
			"String": func(r *rand.Rand) any {
				return []any{"id3", "id4", "", page.Cursor{Kind: page.Followers}.String()}[r.IntN(4)]
			},
		},
	}
	const parts = 4
	for part := range parts {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for i := range *operations / parts {
				seed := uint64(part*1_000_000 + i)
				r := rand.New(rand.NewPCG(seed, 0))
				store := generatedStore{
					seed: r.Uint64(), pagesFail: r.IntN(10) == 0, usersFail: r.IntN(10) == 0,
					unknown: r.IntN(2) * 20, withoutNames: 50,
				}
				callers := []viewer.Viewer{{}, {CognitoID: "id3", Registered: true}, {CognitoID: "id4", Registered: true, Operator: true}}
				p := &waveCounter{}
				ctx := viewer.With(observe.With(t.Context(), p), callers[r.IntN(len(callers))])
				operation := differential.NewOperation(r, options)
				var answers []differential.Answer
				for _, name := range []string{"gqlgen", "compiled", "compiled", "without look-ahead"} {
					schema, store := executors[name], social.Store(store)
					if schema == nil {
						allColumns := store.(generatedStore)
						allColumns.allColumns = true
						schema, store = executors["compiled"], noReadAhead{allColumns}
					}
					answer, err := differential.Ask(ctx, newAPI(t, store, schema).server.Executor(), operation)
					require.NoError(t, err, "%s", operation)
					answers = append(answers, answer)
				}
				if answers[0].Refused && !answers[1].Refused {
					continue // by the limit of what gqlgen's executor runs
				}
				require.Zero(t, p.overdue.Load(), "waited for the timer: seed %d, %+v\n%s", seed, store, operation)
				if difference := differential.Differ(answers[0], answers[1]); difference != "" {
					t.Fatalf("seed %d, %+v\n%s\n\n%s", seed, store, operation, difference)
				}
				require.Equal(t, answers[1], answers[2], "the second answer: seed %d, %+v\n%s", seed, store, operation)
				require.Equal(t, answers[1], answers[3], "all columns, no read-ahead: seed %d, %+v\n%s", seed, store, operation)
			}
		})
	}
}
