package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// wrongCounts lists wrong counts of n0, which n1, n2 and n3 follow and which follows n1, and which of the writers below
// have to repair them.
var wrongCounts = []struct {
	name, sql string
	repairers []string
}{
	{"too low", `UPDATE user_follow_stats SET followers_count = 0 WHERE user_id = 'n0'`, []string{"unfollow", "unfollow all", "deletion", "deletion of the other"}},
	{"nothing", `UPDATE user_follow_stats SET followers_count = 0, followings_count = 0 WHERE user_id = 'n0'`,
		[]string{"unfollow", "unfollow all", "deletion", "deletion of the other", "follow", "be followed", "import"}},
	{"no row", `DELETE FROM user_follow_stats WHERE user_id = 'n0'`,
		[]string{"unfollow", "unfollow all", "deletion", "deletion of the other", "follow", "be followed", "import"}},
	{"too low for several", `UPDATE user_follow_stats SET followers_count = 1 WHERE user_id = 'n0'`, []string{"deletion"}},
	{"too high", `UPDATE user_follow_stats SET followers_count = 9, followings_count = 9 WHERE user_id = 'n0'`, []string{"deletion"}},
	{"no rows at all", `DELETE FROM user_follow_stats`,
		[]string{"unfollow", "unfollow all", "deletion", "deletion of the other", "follow", "be followed", "import"}},
}

// wrongCountWriters lists this program's ways to change follows.
var wrongCountWriters = map[string]func(context.Context, *store.Store) error{
	"unfollow": func(ctx context.Context, db *store.Store) error {
		_, err := db.Unfollow(ctx, pair("n1", "n0"))
		return err
	},
	"unfollow all": func(ctx context.Context, db *store.Store) error {
		for _, key := range [][2]string{{"n1", "n0"}, {"n2", "n0"}, {"n3", "n0"}, {"n0", "n1"}} {
			if _, err := db.Unfollow(ctx, pair(key[0], key[1])); err != nil {
				return err
			}
		}
		return nil
	},
	"follow": func(ctx context.Context, db *store.Store) error {
		_, err := db.Follow(ctx, pair("n0", "n4"))
		return err
	},
	"be followed": func(ctx context.Context, db *store.Store) error {
		_, err := db.Follow(ctx, pair("n4", "n0"))
		return err
	},
	"deletion": func(ctx context.Context, db *store.Store) error {
		_, err := db.DeleteAccount(ctx, "n0")
		return err
	},
	"deletion of the other": func(ctx context.Context, db *store.Store) error {
		_, err := db.DeleteAccount(ctx, "n1")
		return err
	},
	"import": func(ctx context.Context, db *store.Store) error {
		_, err := db.ImportFollows(ctx, store.Rows(follows("n4>n0 n0>n2 n2>n1")), store.ImportOptions{SkipVacuum: true})
		return err
	},
}

// TestWrongCounts runs each writer on follows of a user with wrong counts. It succeeds. If the counts blocked it, they
// are right afterwards, and the repair is reported once for each user.
func TestWrongCounts(t *testing.T) {
	t.Parallel()
	for _, damage := range wrongCounts {
		for name, write := range wrongCountWriters {
			t.Run(damage.name+", "+name, func(t *testing.T) {
				t.Parallel()
				url := testdb.New(t)
				conn := connect(t, url)
				makeAccounts(t, conn, 5)
				var mu sync.Mutex
				told := map[string]int{}
				db, err := store.Open(t.Context(), url, store.Options{OnRepair: func(_ context.Context, d store.Drift) {
					mu.Lock()
					defer mu.Unlock()
					told[d.UserID]++
				}})
				require.NoError(t, err)
				t.Cleanup(db.Close)
				importFollows(t, db, follows("n1>n0 n2>n0 n3>n0 n0>n1"), store.ImportOptions{})
				run(t, conn, damage.sql)
				require.NoError(t, write(t.Context(), db))
				mu.Lock()
				defer mu.Unlock()
				for _, times := range told {
					require.Equal(t, 1, times)
				}
				if slices.Contains(damage.repairers, name) {
					require.Contains(t, told, "n0")
					left := drifts(t, db)
					for _, drift := range left {
						require.NotEqual(t, "n0", drift.UserID)
						require.NotContains(t, told, drift.UserID)
					}
				}
				if name == "deletion" {
					require.Empty(t, query[string](t, conn, `SELECT user_id FROM user_follow_stats WHERE deleted_at IS NOT NULL`))
				}
			})
		}
	}
}
