package store

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/traversal"
)

// fillBitcoin writes a real graph of 35,592 follows and returns the followed users of each user. The first user,
// who has many followers, has no account.
func fillBitcoin(t *testing.T, s *Store) (following map[string][]string, users []string) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "bitcoinotc_edges.csv.gz"))
	require.NoError(t, err, "the real graphs are expected in ../shared/data, seen from the project's root")
	defer func() { require.NoError(t, file.Close()) }()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	rows, err := csv.NewReader(plain).ReadAll()
	require.NoError(t, err)
	following = map[string][]string{}
	known := map[string]bool{}
	var from, to []string
	for _, row := range rows[1:] {
		from, to = append(from, "b"+row[0]), append(to, "b"+row[1])
		for _, id := range []string{"b" + row[0], "b" + row[1]} {
			if !known[id] {
				known[id] = true
				users = append(users, id)
			}
		}
	}
	for i := range from {
		if from[i] != users[0] && to[i] != users[0] {
			following[from[i]] = append(following[from[i]], to[i])
		}
	}
	for sql, args := range map[string][]any{
		`INSERT INTO user_follows (follower_id, following_id) SELECT f, g FROM unnest($1::text[], $2::text[]) pairs (f, g) WHERE f <> g ON CONFLICT DO NOTHING`: {from, to},
		`INSERT INTO users (cognito_id, username, phone_number, password_hash) SELECT id, id, '+' || id, '!' FROM unnest($1::text[]) id`:                        {users[1:]},
	} {
		_, err := s.pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	_, err = s.pool.Exec(t.Context(), `INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
		SELECT id, sum(followers), sum(followings) FROM (
			SELECT following_id AS id, 1 AS followers, 0 AS followings FROM user_follows
			UNION ALL SELECT follower_id, 0, 1 FROM user_follows
		) sides GROUP BY id`)
	require.NoError(t, err)
	return following, users
}

// TestPathsOfBitcoin compares paths and distances in a real graph with a plain search from one end.
func TestPathsOfBitcoin(t *testing.T) {
	t.Parallel()
	s := open(t)
	following, users := fillBitcoin(t, s)
	random := rand.New(rand.NewPCG(5, 19))
	id := func() string { return users[1+random.IntN(len(users)-1)] }
	found := 0
	for range 8 {
		from := id()
		distances := map[string]int{from: 0}
		for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
			for _, other := range following[queue[0]] {
				if _, ok := distances[other]; !ok {
					distances[other] = distances[queue[0]] + 1
					queue = append(queue, other)
				}
			}
		}
		to := []string{from, "unknown", users[0]}
		for range 5 {
			to = append(to, id())
		}
		near, err := s.Distances(t.Context(), from, to)
		require.NoError(t, err)
		for i, to := range to {
			path, err := s.ShortestPath(t.Context(), from, to)
			require.NoError(t, err)
			want, ok := distances[to]
			if ok && want <= traversal.MaxDistance {
				require.Equal(t, model.Distance{To: to, Status: model.PathStatusFound, Length: &want}, near[i])
			} else {
				require.Equal(t, model.Distance{To: to, Status: model.PathStatusNone}, near[i])
			}
			if !ok {
				require.Equal(t, model.Path{Status: model.PathStatusNone}, path)
				continue
			}
			found++
			require.Len(t, path.CognitoIDs, want+1)
			require.Equal(t, []string{from, to}, []string{path.CognitoIDs[0], path.CognitoIDs[want]})
			for j := range want {
				require.Contains(t, following[path.CognitoIDs[j]], path.CognitoIDs[j+1])
			}
		}
	}
	require.Greater(t, found, 20)
}

// TestPathsAreBounded searches in a crowd in which two users have 20,000 followers each and follow 10,000 users each. A
// search between them takes few statements, and one that would read more than the limit ends before.
func TestPathsAreBounded(t *testing.T) {
	t.Parallel()
	s := openFilled(t, crowd)
	require.LessOrEqual(t, statements(t, func(ctx context.Context) {
		path, err := s.ShortestPath(ctx, "u2", "u1")
		require.NoError(t, err)
		require.Equal(t, model.Path{Status: model.PathStatusFound, CognitoIDs: []string{"u2", "u1"}}, path)
	}), 6)
	for _, status := range []struct {
		limit int
		want  model.PathStatus
	}{{10_000, model.PathStatusFound}, {9_000, model.PathStatusLimitReached}} {
		path, err := traversal.ShortestPath(t.Context(), &pathGraph{reads: s.reads}, "u2", "u1", status.limit)
		require.NoError(t, err)
		require.Equal(t, status.want, path.Status)
	}
	require.LessOrEqual(t, statements(t, func(ctx context.Context) {
		to := make([]string, 100)
		for i := range to {
			to[i] = fmt.Sprint("u", 100+i)
		}
		near, err := s.Distances(ctx, celebrity, to)
		require.NoError(t, err)
		for _, distance := range near {
			require.Equal(t, model.PathStatusFound, distance.Status)
		}
	}), 8)
}

// TestPathsIgnoreWrongCounts searches where the counts are smaller than the follows, as the older service can leave
// them. The statement itself bounds what is read.
func TestPathsIgnoreWrongCounts(t *testing.T) {
	t.Parallel()
	s := open(t)
	execute(t, s, crowd)
	execute(t, s, "UPDATE user_follow_stats SET followers_count = 0, followings_count = 0")
	path, err := s.ShortestPath(t.Context(), "u2", "u1")
	require.NoError(t, err)
	require.Equal(t, model.PathStatusFound, path.Status)
	path, err = traversal.ShortestPath(t.Context(), &pathGraph{reads: s.reads}, "u2", "u1", 100)
	require.NoError(t, err)
	require.Equal(t, model.PathStatusLimitReached, path.Status)
}

// BenchmarkPath searches between two users with 10,000 follows each, and for distances from one of them.
func BenchmarkPath(b *testing.B) {
	s := openFilled(b, crowd)
	b.Run("path", func(b *testing.B) {
		for b.Loop() {
			if path, err := s.ShortestPath(b.Context(), "u2", "u1"); err != nil || path.Status != model.PathStatusFound {
				b.Fatal(path, err)
			}
		}
	})
	b.Run("all follows within the limit", func(b *testing.B) {
		execute := func(sql string) {
			_, err := s.pool.Exec(b.Context(), sql)
			require.NoError(b, err)
		}
		execute("INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('far', 'far', '+1', '!')")
		execute("INSERT INTO user_follow_stats (user_id, followers_count) VALUES ('far', 200000)") // is not read
		for b.Loop() {
			if path, err := s.ShortestPath(b.Context(), "u7", "far"); err != nil || path.Status == model.PathStatusFound {
				b.Fatal(path, err)
			}
		}
	})
}
