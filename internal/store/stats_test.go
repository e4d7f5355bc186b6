package store_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// countDamages lists the ways in which counts can be wrong, applied to the graph a>b b>c c>a a>c.
var countDamages = []struct {
	name, sql string
	want      []store.Drift
}{
	{
		name: "followers too high", sql: `UPDATE user_follow_stats SET followers_count = 9 WHERE user_id = 'b'`,
		want: []store.Drift{{UserID: "b", Followers: 1, Followings: 1, Stored: true, FollowersCount: 9, FollowingsCount: 1}},
	},
	{
		name: "followings too low", sql: `UPDATE user_follow_stats SET followings_count = 0 WHERE user_id = 'a'`,
		want: []store.Drift{{UserID: "a", Followers: 1, Followings: 2, Stored: true, FollowersCount: 1}},
	},
	{
		name: "counts exchanged", sql: `UPDATE user_follow_stats SET followers_count = followings_count, followings_count = followers_count`,
		want: []store.Drift{
			{UserID: "a", Followers: 1, Followings: 2, Stored: true, FollowersCount: 2, FollowingsCount: 1},
			{UserID: "c", Followers: 2, Followings: 1, Stored: true, FollowersCount: 1, FollowingsCount: 2},
		},
	},
	{
		name: "counts missing", sql: `DELETE FROM user_follow_stats WHERE user_id IN ('b', 'c')`,
		want: []store.Drift{
			{UserID: "b", Followers: 1, Followings: 1},
			{UserID: "c", Followers: 2, Followings: 1},
		},
	},
	{
		name: "counts without follows", sql: `INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('y', 2, 0), ('z', 0, 3)`,
		want: []store.Drift{
			{UserID: "y", Stored: true, FollowersCount: 2},
			{UserID: "z", Stored: true, FollowingsCount: 3},
		},
	},
	{
		name: "follows without counts", sql: `INSERT INTO user_follows (follower_id, following_id) VALUES ('y', 'z')`,
		want: []store.Drift{
			{UserID: "y", Followings: 1},
			{UserID: "z", Followers: 1},
		},
	},
	{
		name: "follow gone", sql: `DELETE FROM user_follows WHERE follower_id = 'a' AND following_id = 'b'`,
		want: []store.Drift{
			{UserID: "a", Followers: 1, Followings: 1, Stored: true, FollowersCount: 1, FollowingsCount: 2},
			{UserID: "b", Followings: 1, Stored: true, FollowersCount: 1, FollowingsCount: 1},
		},
	},
	{name: "zero counts are no drift", sql: `INSERT INTO user_follow_stats (user_id) VALUES ('y')`},
	{name: "none"},
}

func TestStats(t *testing.T) {
	t.Parallel()
	for _, test := range countDamages {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn := openStore(t, url), connect(t, url)
			importFollows(t, db, follows("a>b b>c c>a a>c"), store.ImportOptions{})
			require.Empty(t, drifts(t, db))
			run(t, conn, test.sql)

			var got []store.Drift
			checked, err := db.VerifyStats(t.Context(), func(d store.Drift) error {
				got = append(got, d)
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			users := query[int64](t, conn, `SELECT count(*) FROM (SELECT follower_id FROM user_follows
				UNION SELECT following_id FROM user_follows UNION SELECT user_id FROM user_follow_stats) AS ids`)
			require.Equal(t, users, []int64{checked})

			repaired, err := db.RebuildStats(t.Context(), nil)
			require.NoError(t, err)
			require.EqualValues(t, len(test.want), repaired)
			require.Empty(t, drifts(t, db))
			repaired, err = db.RebuildStats(t.Context(), nil)
			require.NoError(t, err)
			require.Zero(t, repaired)
		})
	}
}

func TestVerifyStatsStops(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, ring(20, 2), store.ImportOptions{})
	run(t, conn, `DELETE FROM user_follow_stats`)
	full, calls := errors.New("the disk is full"), 0
	_, err := db.VerifyStats(t.Context(), func(store.Drift) error {
		calls++
		return full
	})
	require.Equal(t, full, err)
	require.Equal(t, 1, calls)
}

func TestRebuildStatsProgress(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, ring(450, 1), store.ImportOptions{})
	run(t, conn, `UPDATE user_follow_stats SET followers_count = 7`)
	var seen [][2]int64
	repaired, err := db.RebuildStats(t.Context(), func(done, total int64) { seen = append(seen, [2]int64{done, total}) })
	require.NoError(t, err)
	require.EqualValues(t, 450, repaired)
	require.Equal(t, [][2]int64{{0, 450}, {200, 450}, {400, 450}, {450, 450}}, seen)
}

// A rebuild collides with an open transaction of a writer that has changed the follows, and either waits for the counts
// or has already locked them.
func TestRebuildStatsWaitsForWriter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, writes string }{
		{"follow written, counts not yet", `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'z')`},
		{"unfollow written, counts not yet", `DELETE FROM user_follows WHERE follower_id = 'a' AND following_id = 'b'`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn, writer := openStore(t, url), connect(t, url), connect(t, url)
			importFollows(t, db, follows("a>b b>c c>a"), store.ImportOptions{})
			run(t, conn, `UPDATE user_follow_stats SET followers_count = followers_count + 5 WHERE user_id IN ('a', 'b')`)

			run(t, writer, `BEGIN`)
			run(t, writer, test.writes)
			repaired, err := db.RebuildStats(t.Context(), nil)
			require.NoError(t, err)
			require.EqualValues(t, 2, repaired)
			require.Empty(t, drifts(t, db))

			if test.writes[0] == 'I' {
				run(t, writer, `INSERT INTO user_follow_stats AS s (user_id, followers_count, followings_count) VALUES ('a', 0, 1), ('z', 1, 0)
					ON CONFLICT (user_id) DO UPDATE SET followers_count = s.followers_count + excluded.followers_count,
					followings_count = s.followings_count + excluded.followings_count`)
			} else {
				run(t, writer, `UPDATE user_follow_stats SET followers_count = followers_count - (user_id = 'b')::int,
					followings_count = followings_count - (user_id = 'a')::int WHERE user_id IN ('a', 'b')`)
			}
			run(t, writer, `COMMIT`)
			require.Empty(t, drifts(t, db))
		})
	}

	t.Run("counts written", func(t *testing.T) {
		t.Parallel()
		url := testdb.New(t)
		db, conn, writer := openStore(t, url), connect(t, url), connect(t, url)
		importFollows(t, db, follows("a>b"), store.ImportOptions{})
		run(t, conn, `UPDATE user_follow_stats SET followers_count = 5 WHERE user_id = 'b'`)
		run(t, conn, `DELETE FROM user_follow_stats WHERE user_id = 'a'`)

		run(t, writer, `BEGIN`)
		run(t, writer, liveFollow, "c", "b")
		result := make(chan error, 1)
		go func() {
			_, err := db.RebuildStats(t.Context(), nil)
			result <- err
		}()
		await(t, conn, "the rebuild to wait for the writer", `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%stats_drifts%')`)
		run(t, writer, `COMMIT`)
		require.NoError(t, <-result)
		require.Empty(t, drifts(t, db))
	})
}

func TestRebuildStatsBesideWriters(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, ring(300, 3), store.ImportOptions{})
	// Too high rather than too low: an unfollow must not take a count below zero.
	run(t, conn, `UPDATE user_follow_stats SET followers_count = followers_count + 40, followings_count = followings_count + 50`)

	stop := make(chan struct{})
	wait := liveWriters(t, url, 3, stop, func(w, n int) (string, string, string) {
		follower, following := "n"+strconv.Itoa((n*7+w)%300), "n"+strconv.Itoa((n*13+w*5+1)%300)
		if follower == following {
			following = "x" + strconv.Itoa(w)
		}
		if n%2 == 0 {
			return liveUnfollow, follower, following
		}
		return liveFollow, follower, following
	})
	for range 5 {
		_, err := db.RebuildStats(t.Context(), nil)
		require.NoError(t, err)
	}
	close(stop)
	require.NoError(t, wait())
	require.Empty(t, drifts(t, db))
}
