package mirror

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/live"
)

// TestLiveGaps truncates, imports more than a commit may have, and loses the stream. All subscriptions end, and new ones
// work. A subscription does not resume before the gap.
func TestLiveGaps(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	i, hub := startLive(t, url, nil)
	all := func() []*subscriber {
		return []*subscriber{subscribe(t, hub, followersOf("n0"), commit.Position{}), subscribe(t, hub, counts("n7"), commit.Position{})}
	}
	for name, end := range map[string]func(){
		"truncate follows": func() { exec(t, conn, `TRUNCATE user_follows`) },
		"truncate all":     func() { exec(t, conn, `TRUNCATE users, user_follows, user_follow_stats CASCADE`) },
		"import": func() {
			exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) SELECT 'i' || n, 'i0' FROM generate_series(1, $1) n`, maxCommitChanges+1)
		},
		"lost stream": func() {
			loads := i.Status().Loads
			exec(t, conn, `SELECT pg_terminate_backend(pid) FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid WHERE database = current_database()`)
			require.Eventually(t, func() bool { return i.Status().Loads == loads+1 && i.served.Load() != nil }, testTimeout, tick)
		},
	} {
		before := all()
		exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('n1', 'n0')`)
		at := before[0].must().Position
		end()
		for _, s := range before {
			s.gap()
		}
		_, err := hub.Subscribe(followersOf("n0"), at, func() {})
		require.ErrorIs(t, err, live.ErrGap, name)
		after := subscribe(t, hub, followersOf("n0"), commit.Position{})
		exec(t, conn, `DELETE FROM user_follows WHERE following_id = 'n0'`)
		exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('n2', 'n0')`)
		var got []string
		for !slices.Contains(got, "+n2>n0") {
			got = append(got, described(after.must().Changes)...)
		}
		exec(t, conn, `DELETE FROM user_follows WHERE following_id = 'n0'`)
		require.Equal(t, []string{"-n2>n0"}, described(after.must().Changes), name)
	}
	require.EqualValues(t, 12, hub.Status().Gaps)
	_, err := hub.Subscribe(followersOf("n0"), commit.Position{System: 1, Timeline: 1, LSN: 1 << 60}, func() {})
	require.ErrorIs(t, err, live.ErrGap, "another system")
	beyond := i.served.Load().Position()
	beyond.LSN += 1 << 40
	subscribe(t, hub, followersOf("n0"), beyond).gap()
}

// TestALargeCommitIsNoGapForOthers has a commit of more changes than an event may have, for one topic.
func TestALargeCommitIsNoGapForOthers(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	_, hub := startLive(t, url, nil)
	celebrity, follower := subscribe(t, hub, followersOf("n0"), commit.Position{}), subscribe(t, hub, counts("l7"), commit.Position{})
	celebrityCounts := subscribe(t, hub, counts("n0"), commit.Position{})
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) SELECT 'l' || n, 'n0' FROM generate_series(0, $1) n`, live.MaxCommitChanges)
	celebrity.gap()
	require.Equal(t, []string{"l7"}, follower.must().Users)
	require.Equal(t, []string{"n0"}, celebrityCounts.must().Users)
}
