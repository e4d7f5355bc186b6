package resident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/model"
	"followgraph/internal/timestamp"
)

// plainDistances returns the distance from a node to each other one, found by a search that reads level after level from
// one end.
func plainDistances(following map[string][]string, from string) map[string]int {
	distances := map[string]int{from: 0}
	for level := []string{from}; len(level) > 0; {
		var next []string
		for _, id := range level {
			for _, other := range following[id] {
				if _, ok := distances[other]; !ok {
					distances[other] = distances[id] + 1
					next = append(next, other)
				}
			}
		}
		level = next
	}
	return distances
}

// TestPathsOfEpinions compares paths, distances and an adjacency in a real graph of half a million follows with a plain
// search.
func TestPathsOfEpinions(t *testing.T) {
	t.Parallel()
	b := NewBuilder()
	addEpinions(t, b)
	const users = 75_879
	for i := range users {
		b.User(&changes.User{ID: int64(i + 1), CognitoID: fmt.Sprint("e-", i), Username: fmt.Sprint("e", i)})
	}
	v := b.Graph(commit.Position{LSN: 1}).Version()
	following := map[string][]string{}
	for number := range v.numbers {
		v.node(number).following.each(func(e entry) bool {
			following[v.names.id(number)] = append(following[v.names.id(number)], v.names.id(e.other))
			return true
		})
	}
	require.Equal(t, 508_837, v.Follows())
	random := rand.New(rand.NewPCG(7, 19))
	id := func() string { return fmt.Sprint("e-", random.IntN(users)) }
	statuses := map[model.PathStatus]int{}
	for range 12 {
		from := id()
		distances := plainDistances(following, from)
		to := []string{from}
		for range 12 {
			to = append(to, id())
		}
		near, err := v.Distances(t.Context(), from, to)
		require.NoError(t, err)
		for i, to := range to {
			path, err := v.ShortestPath(t.Context(), from, to)
			require.NoError(t, err)
			statuses[path.Status]++
			want, ok := distances[to]
			requireDistance(t, want, ok, near[i])
			if !ok {
				require.Equal(t, model.Path{Status: model.PathStatusNone}, path)
				continue
			}
			require.Equal(t, model.PathStatusFound, path.Status)
			require.Len(t, path.CognitoIDs, want+1)
			require.Equal(t, []string{from, to}, []string{path.CognitoIDs[0], path.CognitoIDs[want]})
			for j := range want {
				require.Contains(t, following[path.CognitoIDs[j]], path.CognitoIDs[j+1])
			}
		}
	}
	require.Greater(t, statuses[model.PathStatusFound], 40)
	require.Greater(t, statuses[model.PathStatusNone], 40)

	key := &model.AdjacencyKey{}
	positions := map[string]int{}
	for i := range 2_000 {
		key.Followers, key.Followings = append(key.Followers, fmt.Sprint("e-", i)), append(key.Followings, fmt.Sprint("e-", 2*i))
		positions[key.Followings[i]] = i
	}
	all, err := v.Adjacency(t.Context(), key)
	require.NoError(t, err)
	for i, follower := range key.Followers {
		want := []int{}
		for _, other := range following[follower] {
			if position, ok := positions[other]; ok {
				want = append(want, position)
			}
		}
		slices.Sort(want)
		require.Equal(t, want, all.Following[i], follower)
	}
}

// requireDistance compares a distance, if there is one, with an answer.
func requireDistance(t *testing.T, want int, ok bool, got model.Distance) {
	t.Helper()
	if !ok || want > 3 {
		require.Equal(t, model.Distance{To: got.To, Status: model.PathStatusNone}, got)
		return
	}
	require.Equal(t, model.Distance{To: got.To, Status: model.PathStatusFound, Length: &want}, got)
}

// addHalves adds two halves without a follow between them: a search from one half to the other reads as much as it may.
func addHalves(b *Builder, users, perUser int) {
	ids := benchIDs(users)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range users {
		b.User(benchUser(i))
		for j := range perUser {
			half := users / 2
			other := random.IntN(half) + i/half*half
			if j == 0 {
				other = i / half * half // a celebrity
			}
			b.Follow(&changes.FollowRow{
				ID: int64(i*perUser + j), FollowerID: []byte(ids[i]), FollowingID: []byte(ids[other]), CreatedAt: now + timestamp.Timestamp(i*perUser+j),
			})
		}
	}
}

// addStars adds a user who follows many others, and all of these follow another user: a search between the two reads
// as many follows as it may, and each of them leads to a different user.
func addStars(b *Builder, others int) {
	ids := benchIDs(others + 2)
	for i := range others + 2 {
		b.User(benchUser(i))
	}
	for n, i := range rand.New(rand.NewPCG(5, 6)).Perm(others) {
		b.Follow(&changes.FollowRow{ID: int64(2 * n), FollowerID: []byte(ids[others]), FollowingID: []byte(ids[i]), CreatedAt: now})
		b.Follow(&changes.FollowRow{ID: int64(2*n + 1), FollowerID: []byte(ids[i]), FollowingID: []byte(ids[others+1]), CreatedAt: now})
	}
}

// BenchmarkPath searches in graphs of 100,000 users with 40 follows each: between celebrities and other users, and for a
// path that does not exist until the limit is reached. The most expensive search is the one between two stars.
func BenchmarkPath(b *testing.B) {
	builder := NewBuilder()
	fillBench(builder, 100_000, 40, benchIDs(100_000))
	crowd := builder.Graph(commit.Position{}).Version()
	builder = NewBuilder()
	addHalves(builder, 100_000, 40)
	halves := builder.Graph(commit.Position{}).Version()
	builder = NewBuilder()
	addStars(builder, maxPathFollows/2)
	stars := builder.Graph(commit.Position{}).Version()
	id := func(i int) string { return benchUser(i).CognitoID }
	for _, bench := range []struct {
		name     string
		version  *Version
		from, to int
		want     model.PathStatus
	}{
		{"between celebrities", crowd, 0, 1, model.PathStatusFound},
		{"between others", crowd, 70_000, 90_000, model.PathStatusFound},
		{"to the limit", halves, 10, 60_000, model.PathStatusLimitReached},
		{"between stars", stars, maxPathFollows / 2, maxPathFollows/2 + 1, model.PathStatusFound},
		{"to the limit, celebrities", halves, 0, 50_000, model.PathStatusLimitReached},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				path, err := bench.version.ShortestPath(b.Context(), id(bench.from), id(bench.to))
				if err != nil || path.Status != bench.want {
					b.Fatal(path, err)
				}
			}
		})
		b.Run("distances "+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			to := make([]string, 100)
			for i := range to {
				to[i] = id(bench.to + i)
			}
			for b.Loop() {
				if _, err := bench.version.Distances(b.Context(), id(bench.from), to); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
