package resident

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/timestamp"
)

// TestDeletedUsersLeaveNothing creates accounts that follow each other and deletes them, again and again under new ids,
// with times that do not fit into an entry. An old version must go on to see its users.
func TestDeletedUsersLeaveNothing(t *testing.T) {
	t.Parallel()
	b := NewBuilder()
	fillBench(b, 100, 5, benchIDs(100))
	g := b.Graph(commit.Position{LSN: 1})
	start, first := g.Size(), g.Version()
	want := digest(t, first, 100)
	id := func(round, i int) string { return fmt.Sprintf("round-%d-%d", round, i) }
	const rounds, users = 300, 20
	for round := range rounds {
		var made, gone []changes.Change
		for i := range users {
			u := benchUser(1000 + round*users + i)
			u.CognitoID = id(round, i)
			f := changes.Follow{
				ID: int64(1000 + round*users + i), FollowerID: u.CognitoID, FollowingID: id(round, (i+1)%users), CreatedAt: timestamp.Infinity,
			}
			made = append(made, changes.Change{Kind: changes.Insert, Table: changes.TableUsers, User: u},
				changes.Change{Kind: changes.Insert, Table: changes.TableFollows, Follow: &f},
				changes.Change{Kind: changes.Insert, Table: changes.TableStats, Stats: &changes.Stats{UserID: u.CognitoID, UpdatedAt: now}})
			gone = append(gone, changes.Change{Kind: changes.Delete, Table: changes.TableFollows, Follow: &f},
				changes.Change{Kind: changes.Delete, Table: changes.TableUsers, User: &changes.User{ID: u.ID}},
				changes.Change{Kind: changes.Delete, Table: changes.TableStats, Stats: &changes.Stats{UserID: u.CognitoID}})
		}
		applyFolded(t, g, &changes.Transaction{Changes: made})
		between := g.Version()
		applyFolded(t, g, &changes.Transaction{Changes: gone})
		for i := range users {
			require.Equal(t, id(round, i), between.find(id(round, i)).user.CognitoID)
			next, ok := between.follow(between.find(id(round, i)), between.find(id(round, (i+1)%users)))
			require.True(t, ok)
			require.Equal(t, id(round, (i+1)%users), between.names.id(next.other))
			require.Equal(t, timeKey(timestamp.Infinity, int64(1000+round*users+i)), between.time(next))
			require.Same(t, noNode, g.Version().find(id(round, i)))
		}
	}
	require.Equal(t, want, digest(t, first, 100))
	require.Equal(t, want, digest(t, g.Version(), 100))
	v := g.Version()
	require.Equal(t, 100, v.names.n)
	require.LessOrEqual(t, int(v.names.end), 100+users)
	require.LessOrEqual(t, int(v.wide.end), users)
	require.Less(t, g.Size().Total(), start.Total()+16<<10)
}

// BenchmarkChurn applies what an hour of 1,000 follows and as many unfollows per second makes of a graph of 100,000
// users and 2 million follows: 3.6 million transactions, each of which follows at random and ends an old follow, beside
// an account that is created and one that is deleted per hundred. It reports what a follow and a user take before and
// after.
//
//	go test ./internal/resident -run '^$' -bench Churn -benchtime 1x
func BenchmarkChurn(b *testing.B) {
	const users, pairs, accountEvery = 100_000, 3_600_000, 100
	ids := benchIDs(users)
	for b.Loop() {
		before := heap()
		builder := NewBuilder()
		fillBench(builder, users, 20, ids)
		g := builder.Graph(commit.Position{})
		builder = nil
		loaded, size := heap()-before, g.Size()
		follows := float64(g.Version().Follows())
		b.ReportMetric(float64(size.Lists+size.Index+size.Wide)/follows, "B/follow")
		b.ReportMetric(float64(size.Total()-size.Lists-size.Index-size.Wide)/users, "B/user")
		b.ReportMetric(loaded/float64(size.Total()), "heap/size")

		random := rand.New(rand.NewPCG(8, 9))
		began := time.Now()
		next := int64(1e9)
		for i := range pairs {
			v := g.Version()
			t := &changes.Transaction{}
			me := v.node(uint32(random.IntN(users)))
			other := v.names.id(uint32(random.IntN(users)))
			if random.IntN(2) == 0 {
				other = v.names.id(uint32(float64(users) * random.Float64() * random.Float64() * random.Float64() * random.Float64()))
			}
			var oldest [1]entry
			my := v.names.id(me.number)
			_, follows := v.follow(me, v.find(other))
			if !follows && my != other && my != "" && other != "" && me.following.walk(start{}, false, v.time, oldest[:]) == 1 {
				at := v.time(oldest[0])
				next++
				t.Changes = append(t.Changes,
					changes.Change{Kind: changes.Delete, Table: changes.TableFollows, Follow: &changes.Follow{
						ID: at.second, CreatedAt: timestamp.Timestamp(at.first), FollowerID: my, FollowingID: v.names.id(oldest[0].other),
					}},
					changes.Change{Kind: changes.Insert, Table: changes.TableFollows, Follow: &changes.Follow{
						ID: next, CreatedAt: now + 1e12 + timestamp.Timestamp(i), FollowerID: my, FollowingID: other,
					}})
			}
			if i%accountEvery == 0 {
				u := benchUser(users + i/accountEvery)
				t.Changes = append(t.Changes, changes.Change{Kind: changes.Insert, Table: changes.TableUsers, User: u})
				if old := i/accountEvery - 100; old >= 0 {
					t.Changes = append(t.Changes, changes.Change{Kind: changes.Delete, Table: changes.TableUsers, User: &changes.User{ID: benchUser(users + old).ID}})
				}
			}
			if err := g.Apply(b.Context(), t, goFolder{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(pairs/time.Since(began).Seconds(), "pairs/s")
		after, size := heap()-before, g.Size()
		follows = float64(g.Version().Follows())
		b.ReportMetric(float64(size.Lists+size.Index+size.Wide)/follows, "B/follow-after")
		b.ReportMetric(float64(size.Total()-size.Lists-size.Index-size.Wide)/users, "B/user-after")
		b.ReportMetric(after/float64(size.Total()), "heap/size-after")
	}
}
