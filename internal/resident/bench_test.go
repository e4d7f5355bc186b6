package resident

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/timestamp"
)

// now is a time of the order of today's.
const now timestamp.Timestamp = 840_000_000_000_000

func benchUser(i int) *changes.User {
	return &changes.User{
		ID: int64(i + 1), CognitoID: fmt.Sprintf("5f0c3a52-3b7e-4a9b-9c56-%012d", i), Username: fmt.Sprintf("user%07d", i),
		Firstname: new(fmt.Sprint("First", i%1000)), Lastname: new(fmt.Sprint("Last", i%5000)),
		Keys: testKeys(fmt.Sprintf("user%07d", i), fmt.Sprint("First", i%1000), fmt.Sprint("Last", i%5000)),
		Role: "END_USER", CreatedAt: now + timestamp.Timestamp(i), UpdatedAt: now + timestamp.Timestamp(i),
	}
}

// fillBench adds users, and follows of a heavy-tailed graph: each user follows perUser others on average.
func fillBench(b *Builder, users, perUser int, ids []string) {
	for i := range users {
		b.User(benchUser(i))
	}
	random := rand.New(rand.NewPCG(3, 4))
	id := int64(0)
	seen := map[uint32]bool{}
	for i := range users {
		clear(seen)
		for range int(float64(perUser) * (0.5 + random.ExpFloat64()/2)) {
			other := random.IntN(users)
			if random.IntN(2) == 0 {
				other = int(float64(users) * random.Float64() * random.Float64() * random.Float64() * random.Float64())
			}
			if other == i || seen[uint32(other)] {
				continue
			}
			seen[uint32(other)] = true
			id++
			b.Follow(&changes.FollowRow{ID: id, FollowerID: []byte(ids[i]), FollowingID: []byte(ids[other]), CreatedAt: now + timestamp.Timestamp(id*1000)})
		}
	}
	for i := range users {
		b.Stats(&changes.Stats{UserID: ids[i], UpdatedAt: now})
	}
}

func benchIDs(users int) []string {
	ids := make([]string, users)
	for i := range ids {
		ids[i] = benchUser(i).CognitoID
	}
	return ids
}

// hugeGraph has 100,000 users with 20 follows each, and one user with a million followers.
var hugeGraph = sync.OnceValue(func() *Graph {
	b := NewBuilder()
	fillBench(b, 100_000, 20, benchIDs(100_000))
	for i := range 1_000_000 {
		b.Follow(&changes.FollowRow{ID: int64(1e8 + i), FollowerID: fmt.Append(nil, "f-", i), FollowingID: []byte("celebrity"), CreatedAt: now + timestamp.Timestamp(i)})
		if i < 200_000 {
			b.Follow(&changes.FollowRow{ID: int64(2e8 + i), FollowerID: []byte("celebrity"), FollowingID: fmt.Append(nil, "f-", i), CreatedAt: now + timestamp.Timestamp(i)})
		}
	}
	b.User(&changes.User{ID: 1e9, CognitoID: "celebrity", Username: "celebrity", Keys: changes.Keys{Username: "celebrity"}})
	return b.Graph(commit.Position{})
})

func apply(tb testing.TB, g *Graph, t *changes.Transaction) {
	if err := g.Apply(tb.Context(), t, nil); err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkPage(b *testing.B) {
	v := hugeGraph().Version()
	for _, size := range []int{5, 50} {
		for _, name := range []string{benchUser(0).CognitoID, "celebrity"} {
			b.Run(fmt.Sprintf("%d of %d", size, v.find(name).followers.len()), func(b *testing.B) {
				b.ReportAllocs()
				keys := []model.ConnectionKey{{
					Kind: page.Followers, User: name, Page: page.Request{Limit: size},
					Projection: model.Projection{Users: true, Details: true, Counts: true},
				}}
				for b.Loop() {
					if pages, err := v.Pages(b.Context(), keys); err != nil || len(pages[0]) != size+1 {
						b.Fatal(err)
					}
				}
			})
		}
	}
	b.Run("20 pages of 10", func(b *testing.B) {
		b.ReportAllocs()
		keys := make([]model.ConnectionKey, 20)
		for i := range keys {
			keys[i] = model.ConnectionKey{
				Kind: page.Following, User: benchUser(i * 977).CognitoID, Page: page.Request{Limit: 10},
				Projection: model.Projection{Users: true, Details: true, Counts: true},
			}
		}
		for b.Loop() {
			_, _ = v.Pages(b.Context(), keys)
		}
	})
	b.Run("deep", func(b *testing.B) {
		b.ReportAllocs()
		keys := []model.ConnectionKey{{Kind: page.Followers, User: "celebrity", Page: page.Request{
			Limit: 50, HasCursor: true, Cursor: page.Cursor{Kind: page.Followers, At: (now + 500_000).UnixMicro()},
		}}}
		for b.Loop() {
			_, _ = v.Pages(b.Context(), keys)
		}
	})
	b.Run("friends of celebrity", func(b *testing.B) {
		b.ReportAllocs()
		keys := []model.ConnectionKey{{Kind: page.Friends, User: "celebrity", Page: page.Request{Limit: 50}}}
		for b.Loop() {
			if pages, _ := v.Pages(b.Context(), keys); len(pages[0]) != 51 {
				b.Fatal(len(pages[0]))
			}
		}
	})
	b.Run("suggestions", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = v.Suggestions(b.Context(), benchUser(5).CognitoID, 20)
		}
	})
	b.Run("user", func(b *testing.B) {
		b.ReportAllocs()
		keys := []model.UserKey{{CognitoID: benchUser(77).CognitoID}}
		for b.Loop() {
			_, _ = v.Users(b.Context(), keys)
		}
	})
	b.Run("username", func(b *testing.B) {
		b.ReportAllocs()
		keys := []model.UserKey{{Username: "USER0000077"}}
		for b.Loop() {
			if users, _ := v.Users(b.Context(), keys); users[0] == nil {
				b.Fatal("no user")
			}
		}
	})
}

// BenchmarkApply follows and unfollows in transactions of one follow each.
func BenchmarkApply(b *testing.B) {
	g := hugeGraph()
	for _, name := range []string{benchUser(60_001).CognitoID, "celebrity"} {
		b.Run(fmt.Sprintf("follower %d", g.Version().find(name).followers.len()), func(b *testing.B) {
			b.ReportAllocs()
			f := changes.Follow{ID: 1 << 40, FollowerID: benchUser(99_999).CognitoID, FollowingID: name, CreatedAt: now + 500_000}
			for b.Loop() {
				apply(b, g, &changes.Transaction{Changes: []changes.Change{{Kind: changes.Insert, Table: "user_follows", Follow: &f}}})
				apply(b, g, &changes.Transaction{Changes: []changes.Change{{Kind: changes.Delete, Table: "user_follows", Follow: &f}}})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2, "ns/change")
		})
	}
	b.Run("100000 in one transaction", func(b *testing.B) {
		b.ReportAllocs()
		random := rand.New(rand.NewPCG(5, 6))
		for b.Loop() {
			b.StopTimer()
			changesOf := func(kind changes.Kind, follows []changes.Follow) *changes.Transaction {
				t := &changes.Transaction{Changes: make([]changes.Change, len(follows))}
				for i := range follows {
					t.Changes[i] = changes.Change{Kind: kind, Table: "user_follows", Follow: &follows[i]}
				}
				return t
			}
			follows := make([]changes.Follow, 100_000)
			for i := range follows {
				follows[i] = changes.Follow{ID: int64(1<<41 + i), FollowerID: fmt.Sprint("import-", i), FollowingID: benchUser(random.IntN(100_000)).CognitoID, CreatedAt: now + timestamp.Timestamp(i)}
			}
			b.StartTimer()
			apply(b, g, changesOf(changes.Insert, follows))
			apply(b, g, changesOf(changes.Delete, follows))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200_000, "ns/change")
	})
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// BenchmarkMemory loads graphs and reports what a follow and a user take: of the graph, after 500,000 random changes,
// and of a graph without follows.
func BenchmarkMemory(b *testing.B) {
	const users = 100_000
	ids := benchIDs(users)
	for b.Loop() {
		before := heap()
		builder := NewBuilder()
		fillBench(builder, users, 0, ids)
		empty := builder.Graph(commit.Position{})
		perUser := heap() - before
		b.ReportMetric(perUser/users, "B/user")
		runtime.KeepAlive(empty)

		before = heap()
		builder = NewBuilder()
		fillBench(builder, users, 20, ids)
		g := builder.Graph(commit.Position{})
		builder = nil
		follows := 0
		for i := range g.Version().names.end {
			follows += g.Version().node(i).following.len()
		}
		b.ReportMetric((heap()-before-perUser)/float64(follows), "B/follow")

		random := rand.New(rand.NewPCG(8, 9))
		v := g.Version()
		for i := range 500_000 {
			// Replaces the oldest follow of a random user.
			me := v.node(uint32(random.IntN(users)))
			var oldest [1]entry
			if me.following.walk(start{}, false, v.time, oldest[:]) == 0 {
				continue
			}
			at := v.time(oldest[0])
			other := ids[random.IntN(users)]
			if _, follows := v.follow(me, v.find(other)); follows || other == me.user.CognitoID {
				continue
			}
			old := changes.Follow{ID: at.second, CreatedAt: timestamp.Timestamp(at.first), FollowerID: me.user.CognitoID, FollowingID: v.names.id(oldest[0].other)}
			made := changes.Follow{ID: int64(1e9) + int64(i), CreatedAt: now + 1e12 + timestamp.Timestamp(i), FollowerID: old.FollowerID, FollowingID: other}
			apply(b, g, &changes.Transaction{Changes: []changes.Change{
				{Kind: changes.Delete, Table: "user_follows", Follow: &old}, {Kind: changes.Insert, Table: "user_follows", Follow: &made},
			}})
			v = g.Version()
		}
		v = nil
		b.ReportMetric((heap()-before-perUser)/float64(follows), "B/follow-after-changes")
		runtime.KeepAlive(g)
		runtime.KeepAlive(ids)
	}
}

// BenchmarkLoad builds a graph of 100,000 users and 2 million follows from rows in memory.
func BenchmarkLoad(b *testing.B) {
	ids := benchIDs(100_000)
	var users []*changes.User
	for i := range ids {
		users = append(users, benchUser(i))
	}
	random := rand.New(rand.NewPCG(3, 4))
	follows := make([]changes.FollowRow, 2_000_000)
	for i := range follows {
		at := i / 20
		follows[i] = changes.FollowRow{ID: int64(i), FollowerID: []byte(ids[at]), FollowingID: []byte(ids[(at+1+random.IntN(5000)*20+i%20)%len(ids)]), CreatedAt: now + timestamp.Timestamp(i)}
	}
	random.Shuffle(len(follows), func(i, j int) { follows[i], follows[j] = follows[j], follows[i] })
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	b.ResetTimer()
	for b.Loop() {
		builder := NewBuilder()
		for _, u := range users {
			builder.User(u)
		}
		for i := range follows {
			builder.Follow(&follows[i])
		}
		builder.Graph(commit.Position{})
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	b.ReportMetric(float64(len(follows)*b.N)/b.Elapsed().Seconds(), "follows/s")
	b.ReportMetric(float64(len(follows)*b.N)/cpu.Seconds(), "follows/CPU-s")
}
