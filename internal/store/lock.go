package store

import (
	"context"
	"math/rand/v2"
	"time"
)

// Every writer of follows and accounts takes its locks in one order:
//
//  1. names (advisory locks, see name_lock.go): first the lock for all names, then each name by its number;
//  2. accounts (rows of users), by cognito_id;
//  3. follows (rows of user_follows, and pairs that are being inserted), by (follower_id, following_id);
//  4. counts (rows of user_follow_stats), by user_id.
//
// Ids are compared byte by byte. A transaction that waits for a lock therefore holds only locks that come earlier in
// this order. In a cycle of waiting transactions, each awaited lock would have to come later than the previous one, and
// therefore later than itself. So no cycle is possible, and no two of these writers can deadlock, regardless of the
// rows in their batches.
//
//   - A registration, or a change of a username or email address (name_lock.go): names; its account.
//   - A chunk of an account import (sql/import_users_merge.sql): all names; its accounts, which are new, so no other
//     transaction has locked them.
//   - A follow (sql/follow.sql): accounts, all of them before the first follow is written; follows; counts. The counts
//     are grouped and sorted, so the first one is not written before the last follow.
//   - An unfollow (sql/unfollow.sql), which is also each batch of a deletion or a sweep: follows; counts, in the same
//     way.
//   - A move of an account to another id (account_move.go): both accounts; follows; counts. After that it writes
//     follows with the new id, which replace the locked follows.
//   - The beginning of a deletion (sql/deletion_begin.sql): its account; then its counts. The end of a deletion: its
//     counts.
//   - A chunk of a follow import (sql/import_follows_merge.sql): follows; counts, in the same way.
//   - A chunk of a count rebuild (sql/stats_rebuild_lock.sql): counts.
//
// Two more kinds of waits cannot close a cycle either. A transaction that waits for a pair whose insertion or deletion
// is in progress waits as for the lock of that follow. The advisory locks of deletions (deletion.go) are only tried,
// never waited for.
//
// The order of locks comes from an ORDER BY by bytes. Either an INSERT takes its rows in that order, or a LATERAL takes
// one row after another and locks what it finds. The planner cannot reorder either of them.

// retryAttempts is the maximum number of times that one transaction runs.
const retryAttempts = 20

// withRetries runs a transaction until it ends without a deadlock and without a serialization failure. Other programs
// that write to the database may cause both. Random delays of up to one second keep the same two transactions from
// colliding again.
func withRetries(ctx context.Context, transaction func() error) error {
	for attempt := 1; ; attempt++ {
		err := transaction()
		if err == nil || !retryable(err) || attempt == retryAttempts {
			return err
		}
		longest := min(10*time.Millisecond<<attempt, time.Second)
		wait := rand.N(longest) //nolint:gosec // not a secret
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
