package changes

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

type snapshot struct {
	users   []User
	follows []Follow
	stats   []Stats
}

func (s snapshot) usernames() []string {
	var names []string
	for _, u := range s.users {
		names = append(names, u.Username)
	}
	slices.Sort(names)
	return names
}

func load(t *testing.T, s *Stream) snapshot {
	t.Helper()
	var got snapshot
	require.NoError(t, s.Load(t.Context(), Sink{
		User: func(u User) error { got.users = append(got.users, u); return nil },
		Follow: func(f FollowRow) error {
			got.follows = append(got.follows, Follow{f.ID, string(f.FollowerID), string(f.FollowingID), f.CreatedAt})
			return nil
		},
		Stats: func(s Stats) error { got.stats = append(got.stats, s); return nil },
	}))
	return got
}

// TestSnapshotAndStreamMeet writes without a pause while a stream is opened and loaded: each row is in exactly one of
// the snapshot and the stream.
func TestSnapshotAndStreamMeet(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	const writers = 3
	stop := make(chan struct{})
	written := make(chan int, writers)
	begun := make(chan struct{}, writers)
	for w := range writers {
		conn := connect(t, url)
		go func() {
			n := 0
			for ; ; n++ {
				select {
				case <-stop:
					written <- n
					return
				default:
				}
				if _, err := conn.Exec(context.Background(), `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, 'x')`, fmt.Sprintf("%d-%d", w, n)); err != nil {
					t.Error(err)
				}
				if n == 50 {
					begun <- struct{}{}
				}
			}
		}()
	}
	for range writers {
		<-begun
	}
	s := openStream(t, Options{URL: url, Connections: 3})
	seen := map[string]int{}
	for _, f := range load(t, s).follows {
		seen[f.FollowerID]++
	}
	inSnapshot := len(seen)
	require.GreaterOrEqual(t, inSnapshot, 50*writers)
	require.NoError(t, s.Start(t.Context()))
	close(stop)
	total := 0
	for range writers {
		total += <-written
	}
	for len(seen) < total {
		for _, c := range next(t, s).Changes {
			seen[c.Follow.FollowerID]++
		}
	}
	require.Greater(t, total, inSnapshot)
	for id, times := range seen {
		require.Equal(t, 1, times, id)
	}
}

// TestLoadManyPages reads tables of several ranges of pages, with dead rows and rows of more than a piece.
func TestLoadManyPages(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) SELECT 'a' || n, 'b' FROM generate_series(1, 300000) AS n`)
	exec(t, conn, `DELETE FROM user_follows WHERE id % 3 = 0`)
	exec(t, conn, `INSERT INTO users (username, phone_number, password_hash, avatar, firstname, lastname)
		SELECT 'U' || n, n::text, 'h', repeat('x', n * 20000), CASE WHEN n > 5 THEN 'É' || n END, CASE WHEN n % 2 = 0 THEN 'ß' END FROM generate_series(1, 20) AS n`)
	exec(t, conn, `INSERT INTO user_follow_stats (user_id) VALUES ('a'), ('b')`)
	for _, connections := range []int{1, 4} {
		s := openStream(t, Options{URL: url, Connections: connections})
		got := load(t, s)
		require.Len(t, got.follows, 200_000)
		ids := map[int64]bool{}
		for _, f := range got.follows {
			ids[f.ID] = true
		}
		require.Len(t, ids, 200_000)
		require.Len(t, got.users, 20)
		require.Len(t, got.stats, 2)
		for _, u := range got.users {
			require.Equal(t, queryOne[string](t, conn, `SELECT avatar FROM users WHERE id = $1`, u.ID), *u.Avatar)
			keys := u.Keys
			require.NotEmpty(t, keys.Username)
			require.NoError(t, s.Fold(t.Context(), []*User{&u}))
			require.Equal(t, keys, u.Keys, u.Username)
			require.Equal(t, u.Firstname == nil && u.Lastname == nil, keys.Name == "")
		}
		require.NoError(t, s.Start(t.Context()))
		require.ErrorContains(t, s.Load(t.Context(), Sink{}), "ended")
		require.ErrorContains(t, s.Start(t.Context()), "already")
	}
}

func TestLoadFailures(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	addUser(t, conn, "ada")
	failure := fmt.Errorf("the graph is full")
	s := openStream(t, Options{URL: url})
	_, err := s.Next(t.Context())
	require.ErrorContains(t, err, "not started")
	require.ErrorIs(t, s.Load(t.Context(), Sink{User: func(User) error { return failure }}), failure)
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Load(ctx, Sink{User: func(User) error { cancel(); return nil }, Follow: func(FollowRow) error { return nil }, Stats: func(Stats) error { return nil }})
	require.ErrorIs(t, err, context.Canceled)
	_, err = decodeStats([]value{{data: []byte("ada")}, {null: true}})
	require.ErrorContains(t, err, "user_follow_stats.updated_at is null")
}

// BenchmarkLoad loads two million follows and 100,000 users.
func BenchmarkLoad(b *testing.B) {
	url := testdb.New(b)
	conn, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	const users, follows = 100_000, 2_000_000
	for _, sql := range []string{
		`DROP INDEX idx_follower_following, idx_follower_id, idx_following_id`,
		fmt.Sprintf(`INSERT INTO users (username, phone_number, password_hash, firstname, lastname) SELECT 'user' || n, n::text, 'h', 'First' || n, 'Läst' || n FROM generate_series(1, %d) AS n`, users),
		fmt.Sprintf(`INSERT INTO user_follows (follower_id, following_id) SELECT md5((n %% %d)::text)::uuid::text, md5('f' || n / 20)::uuid::text FROM generate_series(1, %d) AS n`, users, follows),
		`VACUUM ANALYZE`,
	} {
		_, err := conn.Exec(b.Context(), sql)
		require.NoError(b, err)
	}
	for _, connections := range []int{1, 2, 3} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			for b.Loop() {
				s, err := Open(b.Context(), Options{URL: url, Connections: connections})
				require.NoError(b, err)
				read := 0
				require.NoError(b, s.Load(b.Context(), Sink{
					User: func(User) error { return nil }, Follow: func(FollowRow) error { read++; return nil }, Stats: func(Stats) error { return nil },
				}))
				require.Equal(b, follows, read)
				require.NoError(b, s.Close(b.Context()))
			}
			b.ReportMetric(float64(follows)*float64(b.N)/b.Elapsed().Seconds(), "follows/s")
		})
	}
}
