package store

import (
	"context"
	"math/rand/v2"
	"time"
)

// Every writer of follows and accounts takes its locks in one order:
//
//  1. names (advisory locks, see name_lock.go): what stands for all of them, then each by its number;
//  2. accounts (rows of users), by cognito_id;
//  3. follows (rows of user_follows, and pairs that are being inserted), by (follower_id, following_id);
//  4. counts (rows of user_follow_stats), by user_id;
//
// ids compared byte by byte. Who waits for a lock thus holds only locks that come before it. In a circle of waiting
// transactions the lock that is waited for would come later with every step, and at the end later than itself: there is
// none, and no two of these writers can deadlock, whatever their batches have in common:
//
//   - a registration, and a change of a username or email address (name_lock.go): names; its account;
//   - a chunk of an import of accounts (sql/import_users_merge.sql): all names; its accounts, which nobody else has locked, as
//     they are new;
//   - a follow (sql/follow.sql): accounts, all of them before the first follow is written; follows; and counts, which
//     are grouped and sorted, and so not begun before the last follow is written;
//   - an unfollow (sql/unfollow.sql), and each batch of a deletion or a sweep, which is one: follows; counts likewise;
//   - a move of an account to another id (account_move.go): both accounts; follows; counts. Then it writes follows that nobody
//     has, into which those that are locked turn;
//   - a deletion's beginning (sql/deletion_begin.sql): its account; then its counts. Its end: its counts;
//   - a chunk of an import of follows (sql/import_follows_merge.sql): follows; counts likewise;
//   - a chunk of a rebuild (sql/stats_rebuild_lock.sql): counts.
//
// Two waits are no locks of this order and close no circle either: a pair whose insertion or deletion is under way is
// waited for as the follow that it is, and the advisory locks of deletions (deletion.go) are only tried, never waited for.
//
// The order of locks is that of an ORDER BY by bytes from which an INSERT takes its rows as they come, or from which a
// LATERAL takes one after the other to lock what it finds; neither can be planned in another way.

// retryAttempts bounds how often one transaction is run.
const retryAttempts = 20

// retrying runs a transaction until it neither deadlocks, with whatever else writes to the database, nor fails to
// serialize. Random waits of up to a second keep the same two from meeting again.
func withRetries(ctx context.Context, transaction func() error) error {
	for attempt := 1; ; attempt++ {
		err := transaction()
		if err == nil || !retryable(err) || attempt == retryAttempts {
			return err
		}
		longest := min(10*time.Millisecond<<attempt, time.Second)
		wait := rand.N(longest) //nolint:gosec // a secret it is not
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
