package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

// insertUsers creates the accounts u1 to un with rows of counts.
func insertUsers(t *testing.T, s *Store, n int) {
	t.Helper()
	execute(t, s, `INSERT INTO users (cognito_id, username, phone_number, password_hash) SELECT 'u' || n, 'u' || n, n::text, '!' FROM generate_series(1, $1) n`, n)
	execute(t, s, `INSERT INTO user_follow_stats (user_id) SELECT 'u' || n FROM generate_series(1, $1) n`, n)
}

func follows(from, to int) model.FollowKey {
	return model.FollowKey{FollowerID: fmt.Sprintf("u%d", from), FollowingID: fmt.Sprintf("u%d", to)}
}

// requireWaiting waits until n calls wait for a locked row.
func (g *groupCommit[K, V]) requireWaiting(t *testing.T, calls int) {
	t.Helper()
	require.Eventually(t, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.waiting.calls == calls
	}, time.Minute, time.Millisecond, "%d calls are held", calls)
}

// requireNoneWaiting waits until no call waits and no statement is running.
func (g *groupCommit[K, V]) requireNoneWaiting(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.running == 0 && g.overdue == 0 && !g.waiting.watching && g.waiting.calls == 0 && len(g.waiting.queues) == 0
	}, time.Minute, time.Millisecond)
}

// TestLockedRow locks a row that follows need, in another session. These follows wait, and all others are written
// meanwhile, even those of the same group.
func TestLockedRow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lock   string
		held   []model.FollowKey // need the row
		change bool              // whether they change something once the lock is released
	}{
		"an account":              {`SELECT FROM users WHERE cognito_id = 'u1' FOR UPDATE`, []model.FollowKey{follows(2, 1), follows(3, 1), follows(1, 4)}, true},
		"counts":                  {`SELECT FROM user_follow_stats WHERE user_id = 'u1' FOR UPDATE`, []model.FollowKey{follows(2, 1), follows(3, 1), follows(1, 4)}, true},
		"a follow being removed":  {`DELETE FROM user_follows WHERE follower_id = 'u9' AND following_id = 'u1'`, []model.FollowKey{follows(9, 1)}, false},
		"a follow being added":    {`INSERT INTO user_follows (follower_id, following_id) VALUES ('u2', 'u1')`, []model.FollowKey{follows(2, 1)}, true},
		"counts that are not yet": {`INSERT INTO user_follow_stats (user_id) VALUES ('u11')`, []model.FollowKey{follows(2, 11), follows(3, 11)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			s, err := Open(t.Context(), url, Options{MaxConns: 4})
			require.NoError(t, err)
			t.Cleanup(s.Close)
			insertUsers(t, s, 200)
			execute(t, s, `DELETE FROM user_follow_stats WHERE user_id = 'u11'`)
			_, err = s.Follow(t.Context(), follows(9, 1))
			require.NoError(t, err)
			holder := connect(t, url)
			begin(t, holder, test.lock)

			// One statement with all keys, as after a burst: behind one that is running.
			held := make(chan error, len(test.held))
			var others sync.WaitGroup
			for _, key := range test.held {
				go func() {
					change, err := s.Follow(t.Context(), key)
					if err == nil && change.Changed != test.change {
						err = fmt.Errorf("%v changed: %t", key, change.Changed)
					}
					held <- err
				}()
			}
			for n := range 100 {
				others.Go(func() {
					change, err := s.Follow(t.Context(), follows(20+n, 121+n%50))
					if err != nil || !change.Changed {
						t.Errorf("follow %d: %+v, %v", n, change, err)
					}
				})
			}
			others.Wait()
			s.follows.requireWaiting(t, len(test.held))
			require.Empty(t, held)
			for n := range 50 { // later ones do not wait either
				_, err := s.Follow(t.Context(), follows(120+n, 20+n))
				require.NoError(t, err)
			}
			require.Empty(t, held)

			_, err = holder.Exec(t.Context(), "ROLLBACK")
			require.NoError(t, err)
			for range test.held {
				require.NoError(t, <-held)
			}
			s.follows.requireNoneWaiting(t)
		})
	}
}

// TestLockedRowUnfollow is TestLockedRow for unfollows.
func TestLockedRowUnfollow(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	insertUsers(t, s, 100)
	for n := 2; n < 60; n++ {
		_, err := s.Follow(t.Context(), follows(n, 1+n%2*60))
		require.NoError(t, err)
	}
	holder := connect(t, url)
	begin(t, holder, `SELECT FROM user_follows WHERE follower_id = 'u2' AND following_id = 'u1' FOR UPDATE`)
	held := make(chan error, 1)
	go func() {
		_, err := s.Unfollow(t.Context(), follows(2, 1))
		held <- err
	}()
	var others sync.WaitGroup
	for n := 3; n < 60; n++ {
		others.Go(func() {
			change, err := s.Unfollow(t.Context(), follows(n, 1+n%2*60))
			if err != nil || !change.Changed {
				t.Errorf("unfollow %d: %+v, %v", n, change, err)
			}
		})
	}
	others.Wait()
	s.unfollows.requireWaiting(t, 1)
	_, err = holder.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, <-held)
	s.unfollows.requireNoneWaiting(t)
}

// TestLockedRowFloods makes all users follow a celebrity whose counts are locked. Some calls wait, the others are
// rejected, and other work finds connections and slots. Waiting calls get a TIMEOUT when their time is up.
func TestLockedRowLimitsWaiting(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	insertUsers(t, s, 200)
	begin(t, connect(t, url), `SELECT FROM user_follow_stats WHERE user_id = 'u1' FOR UPDATE`)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	results := make(chan error, 128)
	for n := range cap(results) {
		go func() {
			_, err := s.Follow(ctx, follows(2+n, 1))
			results <- err
		}()
	}
	for range cap(results) - maxWaitingPerRow {
		require.Equal(t, apperr.Overloaded, apperr.CodeOf(<-results))
	}
	s.follows.requireWaiting(t, maxWaitingPerRow)
	require.Eventually(t, func() bool { return s.Pool().Acquired == 0 }, time.Minute, time.Millisecond, "they take no connection")
	_, err = s.Follow(t.Context(), follows(2, 3))
	require.NoError(t, err)
	require.Empty(t, results)
	for range maxWaitingPerRow {
		require.Equal(t, apperr.Timeout, apperr.CodeOf(<-results))
	}
	s.follows.requireNoneWaiting(t)
}

// TestSlowStatementDoesNotBlock runs a statement that does not end: after a while others start beside it, up to a
// limit.
func TestSlowStatementDoesNotBlock(t *testing.T) {
	t.Parallel()
	s := newStub(10)
	s.concurrency = 3
	var all []<-chan []commitResult[int]
	for n := range 3 {
		all = append(all, s.start(t.Context(), n))
		require.Equal(t, []int{n}, <-s.starts, "although none of those before has ended")
	}
	all = append(all, s.start(t.Context(), 3), s.start(t.Context(), 4))
	s.requireQueued(t, 2)
	for range 3 {
		s.end <- nil
	}
	require.Len(t, <-s.starts, 2, "together")
	s.end <- nil
	for n, done := range all {
		require.Equal(t, []commitResult[int]{{value: 10 * n}}, <-done)
	}
	s.requireIdle(t)
}

// TestGroupCommitBisects finds the one key that waits for an invisible lock, and writes all others.
func TestGroupCommitBisects(t *testing.T) {
	t.Parallel()
	var locked sync.Mutex
	locked.Lock()
	g := &groupCommit[int, int]{
		maxKeys: 128, concurrency: 2,
		write: func(_ context.Context, keys []int, _ time.Duration) ([]int, error) {
			for _, key := range keys {
				if key == 77 {
					if !locked.TryLock() {
						return nil, &pgconn.PgError{Code: lockNotAvailable}
					}
					locked.Unlock()
				}
			}
			return keys, nil
		},
		lockNames: func(key int) []string { return []string{fmt.Sprint(key)} },
		readLocks: func(context.Context, []string) (lockState, error) { return lockState{}, nil },
	}
	first := make(chan []commitResult[int], 1)
	keys := make([]int, 128)
	for i := range keys {
		keys[i] = i
	}
	go func() { first <- g.do(t.Context(), keys...) }()
	g.requireWaiting(t, 1)
	require.Equal(t, []commitResult[int]{{value: 200}}, g.do(t.Context(), 200))
	locked.Unlock()
	for i, result := range <-first {
		require.Equal(t, commitResult[int]{value: i}, result)
	}
	g.requireNoneWaiting(t)
}
