package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/store"
)

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func run(t testing.TB, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func query[T any](t testing.TB, conn *pgx.Conn, sql string, args ...any) []T {
	t.Helper()
	rows, _ := conn.Query(t.Context(), sql, args...)
	all, err := pgx.CollectRows(rows, pgx.RowTo[T])
	require.NoError(t, err)
	return all
}

// follows parses "a>b b>c" as follow records.
func follows(text string) []model.FollowRecord {
	var all []model.FollowRecord
	for pair := range strings.FieldsSeq(text) {
		follower, following, _ := strings.Cut(pair, ">")
		all = append(all, model.FollowRecord{FollowerID: follower, FollowingID: following})
	}
	return all
}

// ring returns a graph in which each user follows the next degree users.
func ring(users, degree int) []model.FollowRecord {
	var all []model.FollowRecord
	for i := range users {
		for step := 1; step <= degree; step++ {
			all = append(all, model.FollowRecord{
				FollowerID: "n" + strconv.Itoa(i), FollowingID: "n" + strconv.Itoa((i+step)%users),
			})
		}
	}
	return all
}

func importFollows(t testing.TB, db *store.Store, rows []model.FollowRecord, opts store.ImportOptions) store.ImportResult {
	t.Helper()
	result, err := db.ImportFollows(t.Context(), store.Rows(rows), opts)
	require.NoError(t, err)
	return result
}

// pairs lists the follows in the database in the order of their ids, in the format of follows.
func pairs(t testing.TB, conn *pgx.Conn) string {
	t.Helper()
	return strings.Join(query[string](t, conn, `SELECT follower_id || '>' || following_id FROM user_follows ORDER BY id`), " ")
}

// drifts returns what VerifyStats reports.
func drifts(t testing.TB, db *store.Store) []store.Drift {
	t.Helper()
	var list []store.Drift
	_, err := db.VerifyStats(t.Context(), func(d store.Drift) error {
		list = append(list, d)
		return nil
	})
	require.NoError(t, err)
	return list
}

// await polls until the query returns true.
func await(t testing.TB, conn *pgx.Conn, what, sql string, args ...any) {
	t.Helper()
	deadline := time.After(time.Minute)
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		var reached bool
		require.NoError(t, conn.QueryRow(t.Context(), sql, args...).Scan(&reached))
		if reached {
			return
		}
		select {
		case <-poll.C:
		case <-deadline:
			require.FailNow(t, "waited a minute for "+what)
		}
	}
}

// The writes of the API: a follow changes both counters only if its row was really inserted or deleted.
const (
	liveFollow = `
		WITH added AS (
			INSERT INTO user_follows (follower_id, following_id) VALUES ($1, $2)
			ON CONFLICT (follower_id, following_id) DO NOTHING RETURNING 1
		)
		INSERT INTO user_follow_stats AS stats (user_id, followers_count, followings_count)
		SELECT * FROM (VALUES ($1, 0, 1), ($2, 1, 0)) AS moves (user_id, followers, followings)
		WHERE EXISTS (SELECT FROM added) ORDER BY user_id COLLATE "C"
		ON CONFLICT (user_id) DO UPDATE SET
			followers_count = stats.followers_count + excluded.followers_count,
			followings_count = stats.followings_count + excluded.followings_count`
	liveUnfollow = `
		WITH gone AS (DELETE FROM user_follows WHERE follower_id = $1 AND following_id = $2 RETURNING 1),
		locked AS MATERIALIZED (
			SELECT user_id FROM user_follow_stats WHERE user_id IN ($1, $2) AND EXISTS (SELECT FROM gone)
			ORDER BY user_id COLLATE "C" FOR UPDATE
		)
		UPDATE user_follow_stats SET
			followers_count = followers_count - (user_follow_stats.user_id = $2)::integer,
			followings_count = followings_count - (user_follow_stats.user_id = $1)::integer
		FROM locked WHERE locked.user_id = user_follow_stats.user_id`
)

// liveWriters follows and unfollows until stop is closed, on count connections. Writer w uses in its step n the pair
// that pick returns.
func liveWriters(t *testing.T, url string, count int, stop <-chan struct{}, pick func(w, n int) (sql, follower, following string)) (wait func() error) {
	t.Helper()
	results := make(chan error, count)
	for w := range count {
		conn := connect(t, url)
		go func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					results <- nil
					return
				default:
				}
				sql, follower, following := pick(w, n)
				if err := write(t.Context(), conn, sql, follower, following); err != nil {
					results <- fmt.Errorf("writer %d, step %d: %w", w, n, err)
					return
				}
			}
		}()
	}
	return func() error {
		for range count {
			if err := <-results; err != nil {
				return err
			}
		}
		return nil
	}
}

// write retries a transaction that is a deadlock victim, as the API does.
func write(ctx context.Context, conn *pgx.Conn, sql, follower, following string) error {
	for {
		_, err := conn.Exec(ctx, sql, follower, following)
		var server *pgconn.PgError
		if !errors.As(err, &server) || server.Code != "40P01" {
			return err
		}
	}
}
