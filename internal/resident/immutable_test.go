package resident

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/timestamp"
)

type goFolder struct{}

func (goFolder) Fold(_ context.Context, users []*changes.User) error {
	for _, u := range users {
		u.Keys = testKeys(u.Username, *u.Firstname, "")
	}
	return nil
}

// digest reads everything of a version, and returns a hash of the answers.
func digest(t *testing.T, v *Version, ids int) uint64 {
	hash := fnv.New64a()
	edges := func(keys ...model.ConnectionKey) {
		pages, err := v.Pages(context.WithoutCancel(t.Context()), keys)
		if err != nil {
			t.Error(err)
		}
		for _, edges := range pages {
			for _, e := range edges {
				_, _ = fmt.Fprint(hash, e.Position, e.UserID)
				if e.Node != nil {
					_, _ = fmt.Fprint(hash, e.Node.Username, *e.Node.Stats)
				}
			}
		}
	}
	projection := model.Projection{Users: true, Counts: true}
	request := page.Request{Limit: 4000}
	for i := range ids {
		id := fmt.Sprint("c-", i)
		edges(model.ConnectionKey{Kind: page.Followers, User: id, Page: request, Projection: projection},
			model.ConnectionKey{Kind: page.Following, User: id, Page: request})
		users, _ := v.Users(t.Context(), []model.UserKey{{CognitoID: id}})
		if users[0] != nil {
			_, _ = fmt.Fprint(hash, *users[0].Stats, *users[0].Firstname)
			stats := users[0].Stats
			n := v.find(id)
			if stats.FollowersCount != n.followers.len() || stats.FollowingsCount != n.following.len() {
				t.Error("counts differ from the lists")
			}
		}
	}
	for _, kind := range []page.Kind{page.OldestUsers, page.UsersAToZ, page.MostFollowers, page.Search} {
		edges(model.ConnectionKey{Kind: kind, Query: "u", Page: request, Projection: projection})
	}
	return hash.Sum64()
}

// TestVersionsAreImmutable reads old versions while transactions of many changes make new ones. Each must answer as it
// did when it was published.
func TestVersionsAreImmutable(t *testing.T) {
	t.Parallel()
	const ids = 700
	g := NewBuilder().Graph(commit.Position{})
	random := rand.New(rand.NewPCG(11, 12))
	id := func() string {
		if random.IntN(2) == 0 {
			return fmt.Sprint("c-", random.IntN(3)) // with long lists
		}
		return fmt.Sprint("c-", random.IntN(ids))
	}
	var follows []changes.Follow
	next := int64(0)
	change := func() changes.Change {
		next++
		switch n := random.IntN(20); {
		case n == 0:
			i := random.Int64N(ids)
			return changes.Change{Kind: changes.Insert, Table: changes.TableUsers, User: &changes.User{
				ID: i, CognitoID: fmt.Sprint("c-", i), Username: fmt.Sprint("u", next), Firstname: new(fmt.Sprint("U", next)), CreatedAt: now,
			}}
		case n == 1:
			return changes.Change{Kind: changes.Delete, Table: changes.TableUsers, User: &changes.User{ID: random.Int64N(ids)}}
		case n == 2:
			return changes.Change{Kind: changes.Insert, Table: changes.TableStats, Stats: &changes.Stats{UserID: id(), UpdatedAt: now + timestamp.Timestamp(next)}}
		case n < 8 && len(follows) > 0:
			i := random.IntN(len(follows))
			f := follows[i]
			follows[i] = follows[len(follows)-1]
			follows = follows[:len(follows)-1]
			return changes.Change{Kind: changes.Delete, Table: changes.TableFollows, Follow: &f}
		case n == 8 && random.IntN(4000) == 0:
			follows = nil
			return changes.Change{Kind: changes.Truncate, Table: changes.TableFollows}
		default:
			f := changes.Follow{ID: next, FollowerID: id(), FollowingID: id(), CreatedAt: now + timestamp.Timestamp(random.IntN(50))}
			if f.FollowerID == f.FollowingID {
				f.FollowingID = "c-x"
			}
			follows = append(follows, f)
			return changes.Change{Kind: changes.Insert, Table: changes.TableFollows, Follow: &f}
		}
	}
	type published struct {
		version *Version
		digest  uint64
	}
	versions := make(chan published, 2)
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for p := range versions {
				for range 2 {
					if got := digest(t, p.version, ids); got != p.digest {
						t.Error("a published version has changed")
					}
				}
			}
		})
	}
	for round := range 60 {
		v := g.Version()
		select {
		case versions <- published{v, digest(t, v, ids)}:
		default:
		}
		for range 1 + round%3*10 {
			transaction := &changes.Transaction{Position: commit.Position{LSN: uint64(next) + 1}}
			for range 1 + random.IntN(60) {
				transaction.Changes = append(transaction.Changes, change())
			}
			require.NoError(t, g.Apply(t.Context(), transaction, goFolder{}))
		}
	}
	close(versions)
	readers.Wait()
	v := g.Version()
	require.Greater(t, v.find("c-0").followers.len(), shortLength)
	require.Greater(t, v.find("c-0").following.len(), shortLength)
}
