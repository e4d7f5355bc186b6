package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// makeAccounts creates accounts with the ids n0, n1 and so on.
func makeAccounts(t testing.TB, conn *pgx.Conn, count int) {
	t.Helper()
	run(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash)
		SELECT 'n' || n, 'n' || n, '+999' || n, '!' FROM generate_series(0, $1::int - 1) n`, count)
}

func pair(follower, following string) model.FollowKey {
	return model.FollowKey{FollowerID: follower, FollowingID: following}
}

// began returns when a follow began according to the database; zero if there is none.
func followTime(t testing.TB, conn *pgx.Conn, key model.FollowKey) time.Time {
	t.Helper()
	times := query[time.Time](t, conn, `SELECT created_at FROM user_follows WHERE follower_id = $1 AND following_id = $2`,
		key.FollowerID, key.FollowingID)
	if len(times) == 0 {
		return time.Time{}
	}
	return times[0].UTC()
}

// waits reports whether another session waits for a lock in a statement whose first kilobyte contains a text.
const waits = `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
	AND wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid())`

func TestFollow(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	makeAccounts(t, conn, 3)
	key := pair("n0", "n1")

	first, err := db.Follow(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, model.FollowChange{Changed: true, FollowedAt: followTime(t, conn, key)}, first)
	require.False(t, first.FollowedAt.IsZero())
	again, err := db.Follow(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, model.FollowChange{FollowedAt: first.FollowedAt}, again)

	_, err = db.Follow(t.Context(), pair("n1", "n0"))
	require.NoError(t, err)
	require.Equal(t, "n0>n1 n1>n0", pairs(t, conn))
	require.Equal(t, []string{"n0 1 1", "n1 1 1"},
		query[string](t, conn, `SELECT concat_ws(' ', user_id, followers_count, followings_count) FROM user_follow_stats ORDER BY 1`))

	unfollow, err := db.Unfollow(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, first, unfollow)
	unfollow, err = db.Unfollow(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, model.FollowChange{}, unfollow)
	require.Equal(t, "n1>n0", pairs(t, conn))
	require.Empty(t, drifts(t, db))
}

func TestFollowUnknown(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	makeAccounts(t, conn, 2)
	importFollows(t, db, follows("n0>gone gone>n0"), store.ImportOptions{})

	for _, test := range []struct {
		key   model.FollowKey
		code  apperr.Code
		field string
	}{
		{pair("n0", "unknown"), apperr.NotFound, "userId"},
		{pair("n0", "gone"), apperr.NotFound, "userId"},
		{pair("gone", "n0"), apperr.Unauthenticated, ""},
		{pair("unknown", "gone"), apperr.Unauthenticated, ""},
	} {
		_, err := db.Follow(t.Context(), test.key)
		var e *apperr.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, test.code, e.Code)
		require.Equal(t, test.field, e.Field)
	}
	require.Equal(t, "n0>gone gone>n0", pairs(t, conn))

	unfollow, err := db.Unfollow(t.Context(), pair("n0", "gone"))
	require.NoError(t, err)
	require.True(t, unfollow.Changed)
	unfollow, err = db.Unfollow(t.Context(), pair("unknown", "n0"))
	require.NoError(t, err)
	require.False(t, unfollow.Changed)
	require.Empty(t, drifts(t, db))
}

// Several follows are one statement with separate results: a key may be repeated, and one may be invalid.
func TestFollowAll(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	makeAccounts(t, conn, 4)
	existing, err := db.Follow(t.Context(), pair("n0", "n3"))
	require.NoError(t, err)

	ctx, m := meter.With(t.Context())
	results := db.FollowAll(ctx, []model.FollowKey{
		pair("n0", "n2"), pair("n0", "n1"), pair("n0", "unknown"), pair("n0", "n2"), pair("n0", "n3"),
	})
	require.Equal(t, 1, m.Statements())
	require.True(t, results[0].Changed)
	require.True(t, results[1].Changed)
	require.Equal(t, apperr.NotFound, apperr.CodeOf(results[2].Err))
	require.Equal(t, model.FollowResult{FollowChange: model.FollowChange{FollowedAt: results[0].FollowedAt}}, results[3])
	require.Equal(t, model.FollowResult{FollowChange: model.FollowChange{FollowedAt: existing.FollowedAt}}, results[4])

	ctx, m = meter.With(t.Context())
	results = db.FollowAll(ctx, []model.FollowKey{pair("n1", "n0"), pair("n1", "n1"), pair("n1", "\x00"), pair("n1", "n2")})
	require.Equal(t, 5, m.Statements(), "one of all, and one of each")
	require.True(t, results[0].Changed)
	require.ErrorContains(t, results[1].Err, "ck_user_follows_not_self")
	require.ErrorContains(t, results[2].Err, "22021")
	require.True(t, results[3].Changed)
	require.Empty(t, drifts(t, db))
}

func TestUnfollowSameAtOnce(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn, holder := openStore(t, url), connect(t, url), connect(t, url)
	makeAccounts(t, conn, 3)
	for _, key := range []model.FollowKey{pair("n0", "n1"), pair("n2", "n1")} {
		_, err := db.Follow(t.Context(), key)
		require.NoError(t, err)
	}
	// The first statement waits; the two that follow it are one.
	run(t, holder, `BEGIN`)
	run(t, holder, `SELECT FROM user_follow_stats WHERE user_id = 'n2' FOR UPDATE`)
	var all sync.WaitGroup
	all.Go(func() { _, _ = db.Unfollow(t.Context(), pair("n2", "n1")) })
	await(t, conn, "the first to wait", waits, "Removes the follows")
	changes := make(chan model.FollowChange, 2)
	for range 2 {
		all.Go(func() {
			change, err := db.Unfollow(t.Context(), pair("n0", "n1"))
			if err == nil {
				changes <- change
			}
		})
	}
	run(t, holder, `COMMIT`)
	all.Wait()
	require.NotEqual(t, (<-changes).Changed, (<-changes).Changed)
	require.Empty(t, pairs(t, conn))
	require.Empty(t, drifts(t, db))
}

// A follow collides with another transaction that adds or removes the same one.
func TestFollowOvertaken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, writes, first string
		changed             bool
	}{
		{"added meanwhile", liveFollow, "", false},
		{"removed meanwhile", liveUnfollow, "n0>n1", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn, writer := openStore(t, url), connect(t, url), connect(t, url)
			makeAccounts(t, conn, 2)
			importFollows(t, db, follows(test.first), store.ImportOptions{})
			run(t, writer, `BEGIN`)
			run(t, writer, test.writes, "n0", "n1")

			result := make(chan model.FollowChange, 1)
			go func() {
				change, err := db.Follow(t.Context(), pair("n0", "n1"))
				if err == nil {
					result <- change
				}
				close(result)
			}()
			await(t, conn, "the follow to wait", waits, "Adds the follows")
			run(t, writer, `COMMIT`)
			got := <-result
			require.Equal(t, model.FollowChange{Changed: test.changed, FollowedAt: followTime(t, conn, pair("n0", "n1"))}, got)
			require.False(t, got.FollowedAt.IsZero())
			require.Equal(t, "n0>n1", pairs(t, conn))
			require.Empty(t, drifts(t, db))
		})
	}
}

// A batch whose session is terminated leaves nothing behind.
func TestFollowSessionTerminated(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn, holder := openStore(t, url), connect(t, url), connect(t, url)
	makeAccounts(t, conn, 20)
	_, err := db.Follow(t.Context(), pair("n19", "n18"))
	require.NoError(t, err)
	run(t, holder, `BEGIN`)
	run(t, holder, `SELECT FROM user_follow_stats WHERE user_id = 'n19' FOR UPDATE`) // the last count to be changed
	var keys []model.FollowKey
	for n := range 19 {
		keys = append(keys, pair("n"+strconv.Itoa(n), "n19"))
	}
	results := make(chan []model.FollowResult, 1)
	go func() { results <- db.FollowAll(t.Context(), keys) }()
	await(t, conn, "the follows to wait", waits, "Adds the follows")
	run(t, conn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
		AND wait_event_type = 'Lock' AND query LIKE '%Adds the follows%'`)
	for _, result := range <-results {
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(result.Err), "%v", result.Err)
	}
	run(t, holder, `COMMIT`)
	require.Equal(t, "n19>n18", pairs(t, conn))
	require.Empty(t, drifts(t, db))

	for _, result := range db.FollowAll(t.Context(), keys) {
		require.NoError(t, result.Err)
		require.True(t, result.Changed)
	}
	require.Empty(t, drifts(t, db))
}

// Many workers follow, unfollow and delete accounts among few users, through two instances, beside imports and rebuilds
// that name the same users in every order. Counts are right at all times, no transaction is a deadlock victim, and the
// last acknowledged state of each follow is in the database.
func TestFollowsAtOnce(t *testing.T) {
	t.Parallel()
	const users, workers, steps = 24, 16, 60
	url := testdb.New(t)
	conn := connect(t, url)
	makeAccounts(t, conn, users)
	stores := make([]*store.Store, 3)
	for i, most := range []int{0, 1, 7} {
		db, err := store.Open(t.Context(), url, store.Options{MaxConns: 8, MaxFollowBatch: most})
		require.NoError(t, err)
		stores[i] = db
	}
	name := func(n int) string { return "n" + strconv.Itoa(n) }

	var all sync.WaitGroup
	failed := make(chan error, 1000)
	report := func(err error) {
		if err != nil && apperr.CodeOf(err) != apperr.NotFound && apperr.CodeOf(err) != apperr.Unauthenticated {
			failed <- err
		}
	}
	// Each worker has its own user whose follows no other worker changes, except for deletions of the users that it
	// follows.
	want := make([]map[string]bool, workers)
	for w := range workers {
		want[w] = map[string]bool{}
		all.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(w)))
			for range steps {
				db, key := stores[random.IntN(len(stores))], pair(name(w), name(random.IntN(users)))
				if key.FollowerID == key.FollowingID {
					continue
				}
				switch random.IntN(5) {
				case 0:
					keys := []model.FollowKey{key}
					for _, n := range random.Perm(users)[:6] {
						if n != w {
							keys = append(keys, pair(name(w), name(n)))
						}
					}
					for i, result := range db.FollowAll(t.Context(), keys) {
						report(result.Err)
						want[w][keys[i].FollowingID] = result.Err == nil
					}
				case 1, 2:
					_, err := db.Follow(t.Context(), key)
					report(err)
					want[w][key.FollowingID] = err == nil
				default:
					_, err := db.Unfollow(t.Context(), key)
					report(err)
					want[w][key.FollowingID] = false
				}
			}
		})
	}
	// The last users are deleted while they are followed.
	for n := workers; n < users-2; n++ {
		all.Go(func() {
			existed, err := stores[n%3].DeleteAccount(t.Context(), name(n))
			report(err)
			if !existed {
				failed <- fmt.Errorf("there was no account %s", name(n))
			}
		})
	}
	for i := range 2 {
		all.Go(func() {
			var rows []model.FollowRecord
			random := rand.New(rand.NewPCG(8, uint64(i)))
			for range 400 { // of users without a worker
				follower, following := workers+random.IntN(users-workers), random.IntN(users)
				if follower != following {
					rows = append(rows, model.FollowRecord{FollowerID: name(follower), FollowingID: name(following)})
				}
			}
			_, err := stores[i].ImportFollows(t.Context(), store.Rows(rows), store.ImportOptions{ChunkRows: 50, SkipVacuum: true})
			report(err)
		})
	}
	all.Go(func() {
		for range 10 {
			_, err := stores[0].RebuildStats(t.Context(), nil)
			report(err)
			count := 0
			_, err = stores[1].VerifyStats(t.Context(), func(store.Drift) error { count++; return nil })
			report(err)
			if count > 0 {
				failed <- fmt.Errorf("%d counts differ in between", count)
			}
		}
	})
	all.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	for n := workers; n < users-2; n++ { // an import may have followed the deletion
		_, err := stores[0].Sweep(t.Context())
		require.NoError(t, err)
	}
	require.Empty(t, drifts(t, stores[0]))
	deleted := func(id string) bool {
		return len(query[int](t, conn, `SELECT 1 FROM users WHERE cognito_id = $1`, id)) == 0
	}
	for w, follows := range want {
		for id, follows := range follows {
			if !deleted(id) {
				require.Equal(t, follows, !followTime(t, conn, pair(name(w), id)).IsZero(), "%s>%s", name(w), id)
			} else {
				require.Zero(t, followTime(t, conn, pair(name(w), id)), "%s>%s, whose account is gone", name(w), id)
			}
		}
	}

	for _, db := range stores {
		db.Close() // a session reports its statistics when it ends
	}
	await(t, conn, "the sessions to end", `SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()`)
	require.Equal(t, []int64{0}, query[int64](t, conn, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`))
}

// A caller who leaves before the follow is sent has not followed.
func TestFollowCallerLeaves(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn, holder := openStore(t, url), connect(t, url), connect(t, url)
	makeAccounts(t, conn, 4)
	run(t, holder, `BEGIN`)
	run(t, holder, `SELECT FROM users WHERE cognito_id = 'n1' FOR UPDATE`)
	var all sync.WaitGroup
	all.Go(func() { _, _ = db.Follow(t.Context(), pair("n0", "n1")) })
	await(t, conn, "the first to wait", waits, "Adds the follows")
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := db.Follow(ctx, pair("n2", "n3"))
		left <- err
	}()
	cancel()
	require.Equal(t, apperr.Canceled, apperr.CodeOf(<-left))
	run(t, holder, `COMMIT`)
	all.Wait()
	require.Equal(t, "n0>n1", pairs(t, conn))
}
