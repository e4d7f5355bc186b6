package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// makeFollowersOf creates count accounts that follow n0, who follows half of them. With a count of 2,400, n0's follows
// are three to four batches of a deletion.
func makeFollowersOf(t testing.TB, db *store.Store, conn *pgx.Conn, count int) {
	t.Helper()
	makeAccounts(t, conn, count+1)
	var rows []model.FollowRecord
	for _, f := range ring(count+1, 1) {
		if f.FollowerID == "n0" || f.FollowingID == "n0" {
			continue
		}
		rows = append(rows, f, model.FollowRecord{FollowerID: f.FollowerID, FollowingID: "n0"})
		if len(rows)%4 == 0 {
			rows = append(rows, model.FollowRecord{FollowerID: "n0", FollowingID: f.FollowingID})
		}
	}
	importFollows(t, db, rows, store.ImportOptions{SkipVacuum: true})
}

// remaining returns what is left of n0: account, follows, and whether its counts are marked.
func remaining(t testing.TB, conn *pgx.Conn) (account bool, follows int64, marked bool) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM users WHERE cognito_id = 'n0'),
		(SELECT count(*) FROM user_follows WHERE 'n0' IN (follower_id, following_id)),
		EXISTS (SELECT FROM user_follow_stats WHERE user_id = 'n0' AND deleted_at IS NOT NULL)`).Scan(&account, &follows, &marked))
	return account, follows, marked
}

func requireGone(t testing.TB, db *store.Store, conn *pgx.Conn) {
	t.Helper()
	account, follows, marked := remaining(t, conn)
	require.False(t, account)
	require.Zero(t, follows)
	require.False(t, marked)
	require.Empty(t, query[string](t, conn, `SELECT user_id FROM user_follow_stats WHERE user_id = 'n0'`))
	require.Empty(t, drifts(t, db))
}

func TestDeleteAccount(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	makeFollowersOf(t, db, conn, 2400)
	others := query[int64](t, conn, `SELECT count(*) FROM user_follows WHERE 'n0' NOT IN (follower_id, following_id)`)

	existed, err := db.DeleteAccount(t.Context(), "n0")
	require.NoError(t, err)
	require.True(t, existed)
	requireGone(t, db, conn)
	require.Equal(t, others, query[int64](t, conn, `SELECT count(*) FROM user_follows`))

	existed, err = db.DeleteAccount(t.Context(), "n0")
	require.NoError(t, err)
	require.False(t, existed)

	existed, err = db.DeleteAccount(t.Context(), "n1")
	require.NoError(t, err)
	require.True(t, existed)
	_, err = db.Follow(t.Context(), pair("n2", "n1"))
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
	require.Empty(t, drifts(t, db))
}

// An account without counts is deleted too.
func TestDeleteAccountWithoutFollows(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	makeAccounts(t, conn, 1)
	existed, err := db.DeleteAccount(t.Context(), "n0")
	require.NoError(t, err)
	require.True(t, existed)
	requireGone(t, db, conn)
}

// A deletion and then each following sweep is interrupted in a batch. What they committed are whole batches, and the
// next one continues.
func TestSweepInterrupted(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn, holder := openStore(t, url), connect(t, url), connect(t, url)
	makeFollowersOf(t, db, conn, 2400)
	// A follow of each batch is locked in turn, in the deletion's order: the first, then the oldest of the remaining
	// ones.
	work := func(ctx context.Context) error {
		_, err := db.DeleteAccount(ctx, "n0")
		return err
	}
	for stop := 0; ; stop++ {
		_, before, _ := remaining(t, conn)
		if before <= 1000 {
			break
		}
		run(t, holder, `BEGIN`)
		run(t, holder, `SELECT FROM user_follows WHERE follower_id = 'n0' OR following_id = 'n0'
			ORDER BY following_id = 'n0', created_at, id OFFSET $1 LIMIT 1 FOR UPDATE`, min(1500, before-1))
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- work(ctx) }()
		await(t, conn, "a batch to wait", waits, "Removes the follows")
		cancel()
		err := <-result
		if stop > 0 {
			require.Equal(t, apperr.Canceled, apperr.CodeOf(err))
		} else {
			require.NoError(t, err, "the account is gone")
		}
		run(t, holder, `COMMIT`)
		account, after, marked := remaining(t, conn)
		require.False(t, account)
		require.True(t, marked)
		require.Zero(t, (before-after)%1000, "half a batch is gone: %d of %d", before-after, before)
		require.Empty(t, drifts(t, db))
		work = func(ctx context.Context) error {
			_, err := db.Sweep(ctx)
			return err
		}
		if before == after {
			break
		}
	}
	_, left, _ := remaining(t, conn)
	require.Positive(t, left)
	removed, err := db.Sweep(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, left, removed)
	requireGone(t, db, conn)
	removed, err = db.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, removed)
}

// The session of a sweep is terminated within a batch; another instance continues.
func TestSweepSessionTerminated(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, other, conn, holder := openStore(t, url), openStore(t, url), connect(t, url), connect(t, url)
	makeFollowersOf(t, db, conn, 50)
	run(t, holder, `BEGIN`)
	run(t, holder, `SELECT FROM user_follow_stats WHERE user_id = 'n9' FOR UPDATE`)
	result := make(chan error, 1)
	go func() {
		_, err := db.DeleteAccount(t.Context(), "n0")
		result <- err
	}()
	await(t, conn, "the batch to wait", waits, "Removes the follows")
	removed, err := other.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, removed, "another session continues it")
	run(t, conn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
		AND wait_event_type = 'Lock' AND query LIKE '%Removes the follows%'`)
	require.NoError(t, <-result)
	run(t, holder, `COMMIT`)
	require.Empty(t, drifts(t, db))
	_, left, marked := remaining(t, conn)
	require.True(t, marked)

	removed, err = other.Sweep(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, left, removed)
	requireGone(t, db, conn)
}

// Several sweeps run at once, and each follow is removed by one of them.
func TestSweepsAtOnce(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, ring(60, 20), store.ImportOptions{SkipVacuum: true})
	run(t, conn, `UPDATE user_follow_stats SET deleted_at = now() WHERE user_id < 'n5'`)
	var all sync.WaitGroup
	sums := make(chan int, 4)
	for range 4 {
		all.Go(func() {
			removed, err := db.Sweep(t.Context())
			if err == nil {
				sums <- removed
			}
		})
	}
	all.Wait()
	sum := 0
	for range 4 {
		sum += <-sums
	}
	require.EqualValues(t, 60*20-sum, query[int64](t, conn, `SELECT count(*) FROM user_follows`)[0])
	require.Empty(t, query[string](t, conn, `SELECT user_id FROM user_follow_stats WHERE deleted_at IS NOT NULL`))
	require.Empty(t, drifts(t, db))
}

// A deletion waits for a running follow and removes it.
func TestDeletionWaitsForFollow(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn, holder := openStore(t, url), connect(t, url), connect(t, url)
	makeAccounts(t, conn, 3)
	_, err := db.Follow(t.Context(), pair("n2", "n1"))
	require.NoError(t, err)
	run(t, holder, `BEGIN`)
	run(t, holder, `SELECT FROM user_follow_stats WHERE user_id = 'n1' FOR UPDATE`)
	followResult, deleteResult := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := db.Follow(t.Context(), pair("n0", "n1"))
		followResult <- err
	}()
	await(t, conn, "the follow to wait", waits, "Adds the follows")
	go func() {
		_, err := db.DeleteAccount(t.Context(), "n0")
		deleteResult <- err
	}()
	await(t, conn, "the deletion to wait", waits, "Deletes the account")
	run(t, holder, `COMMIT`)
	require.NoError(t, <-followResult)
	require.NoError(t, <-deleteResult)
	require.Equal(t, "n2>n1", pairs(t, conn))
	requireGone(t, db, conn)
}

// The counts of an account that is being deleted stay marked while they are repaired and imported into.
func TestDeletionBesideJobs(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, follows("n0>n1 n2>n0"), store.ImportOptions{})
	run(t, conn, `UPDATE user_follow_stats SET deleted_at = now(), followers_count = 7 WHERE user_id = 'n0'`)
	_, err := db.RebuildStats(t.Context(), nil)
	require.NoError(t, err)
	importFollows(t, db, follows("n3>n0"), store.ImportOptions{})
	require.Empty(t, drifts(t, db))
	_, follows, marked := remaining(t, conn)
	require.EqualValues(t, 3, follows)
	require.True(t, marked)
	removed, err := db.Sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, removed)
	requireGone(t, db, conn)
}

// An import creates no account for an id whose account is being deleted: an import of follows leaves it without an
// account, an import of users completes the deletion first.
func TestDeletionBesideImportedAccounts(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, follows("n0>n1 n2>n0"), store.ImportOptions{})
	run(t, conn, `UPDATE user_follow_stats SET deleted_at = now() WHERE user_id = 'n0'`)
	result := importFollows(t, db, follows("n3>n0"), store.ImportOptions{CreateUsers: true})
	require.EqualValues(t, 1, result.UsersCreated)
	account, count, marked := remaining(t, conn)
	require.False(t, account)
	require.EqualValues(t, 3, count)
	require.True(t, marked)

	result, err := db.ImportUsers(t.Context(), store.Rows([]model.UserRecord{{CognitoID: "n0"}, {CognitoID: "n4"}}), store.UserImportOptions{})
	require.NoError(t, err)
	require.EqualValues(t, 2, result.Added)
	account, count, marked = remaining(t, conn)
	require.True(t, account)
	require.Zero(t, count)
	require.False(t, marked)
	require.Empty(t, drifts(t, db))
}

// A sweep that found a deletion in progress changes nothing if another session has completed it.
func TestSweepIgnoresEndedDeletion(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn, holder := openStore(t, url), connect(t, url), connect(t, url)
	importFollows(t, db, follows("n0>n1 m>n1"), store.ImportOptions{})
	run(t, conn, `UPDATE user_follow_stats SET deleted_at = now() - (user_id = 'm')::int * interval '1 day' WHERE user_id IN ('m', 'n0')`)
	run(t, holder, `BEGIN`)
	run(t, holder, `SELECT FROM user_follows WHERE follower_id = 'm' FOR UPDATE`)
	result := make(chan error, 1)
	go func() {
		_, err := db.Sweep(t.Context())
		result <- err
	}()
	await(t, conn, "the sweep to wait", waits, "Removes the follows")
	run(t, conn, `UPDATE user_follow_stats SET deleted_at = NULL WHERE user_id = 'n0'`) // and created again
	run(t, holder, `COMMIT`)
	require.NoError(t, <-result)
	require.Equal(t, "n0>n1", pairs(t, conn))
	require.Empty(t, drifts(t, db))
}

// A sweep continues after a deletion that fails.
func TestSweepContinuesAfterFailure(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, follows("n0>n1 m>n2"), store.ImportOptions{})
	run(t, conn, `UPDATE user_follow_stats SET deleted_at = now() - (user_id = 'm')::int * interval '1 day' WHERE user_id IN ('m', 'n0')`)
	run(t, conn, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$`)
	run(t, conn, `CREATE TRIGGER refuse BEFORE DELETE ON user_follows FOR EACH ROW WHEN (OLD.follower_id = 'm') EXECUTE FUNCTION refuse()`)
	removed, err := db.Sweep(t.Context())
	require.ErrorContains(t, err, "continuing the deletion of the account m: ")
	require.Equal(t, 1, removed)
	require.Equal(t, "m>n2", pairs(t, conn))
	run(t, conn, `DROP TRIGGER refuse ON user_follows`)
	_, err = db.Sweep(t.Context())
	require.NoError(t, err)
	require.Empty(t, pairs(t, conn))
	require.Empty(t, drifts(t, db))
}
