package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
)

// A deletion consists of several transactions. The first transaction deletes the account and sets deleted_at in its row
// of counts. Many small transactions remove its follows. The last transaction removes the row of counts. After each
// transaction, counts equal the number of follows. Sweep finds an interrupted deletion by deleted_at.
//
// While a deletion is in progress, no account with its id may be created, because its follows would be removed.
// Therefore CreateAccount checks deleted_at after its INSERT, in the same transaction but in a separate statement. If
// the INSERT waited for the first transaction of the deletion, the snapshot of the separate statement contains
// deleted_at.
var (
	deletionBegin   = statement("deletion_begin", nil)
	deletionFollows = statement("deletion_follows", nil)
	deletionEnd     = statement("deletion_end", nil)
	deletionOpen    = statement("deletion_open", nil)
	deletionLock    = statement("deletion_lock", nil)
	deletions       = statement("deletions", nil)
)

const (
	// deletionBatch is the number of follows that one transaction removes. Writers to the other users of these follows
	// wait for it.
	deletionBatch = 1000
	// deletionMargin is the time before the caller's deadline at which DeleteAccount stops removing follows.
	deletionMargin = time.Second
)

// DeleteAccount deletes an account and reports whether it existed. It then removes its follows for as long as ctx
// allows. Sweep removes the rest. Once the account is deleted, DeleteAccount returns no error, even if removing the
// follows fails.
func (s *Store) DeleteAccount(ctx context.Context, cognitoID string) (bool, error) {
	existed, err := s.beginDeletion(ctx, cognitoID)
	if err != nil || !existed {
		return false, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-deletionMargin))
		defer cancel()
	}
	_, _ = s.finishDeletion(ctx, cognitoID) // a sweep hits the same error and returns it
	return true, nil
}

func (s *Store) beginDeletion(ctx context.Context, cognitoID string) (existed bool, err error) {
	err = withRetries(ctx, func() error {
		tag, err := s.pool.Exec(ctx, deletionBegin, cognitoID)
		existed = tag.RowsAffected() > 0
		return err
	})
	return existed, classify(ctx, err)
}

// Sweep continues all deletions that are in progress and that no other session continues, oldest first, and returns how
// many follows it removed. A deletion that fails does not stop the others; all errors are returned. Several instances
// may run it at once. Run it when an instance starts and periodically.
func (s *Store) Sweep(ctx context.Context) (removed int, err error) {
	rows, _ := s.pool.Query(ctx, deletions)
	pending, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, classify(ctx, err)
	}
	var errs []error
	for _, cognitoID := range pending {
		n, err := s.finishDeletion(ctx, cognitoID)
		removed += n
		if err == nil {
			continue
		}
		errs = append(errs, fmt.Errorf("continuing the deletion of the account %s: %w", cognitoID, err))
		if !isStatementError(err) {
			break // the database is unavailable, or the time is up
		}
	}
	return removed, errors.Join(errs...)
}

// finishDeletion removes the follows of an account whose deletion has begun, and then its counts, unless another
// session is doing so. It returns how many follows it removed.
func (s *Store) finishDeletion(ctx context.Context, cognitoID string) (removed int, err error) {
	for {
		batch, err := s.deleteFollows(ctx, cognitoID)
		if err != nil || !batch.isAlone {
			return removed, classify(ctx, err)
		}
		removed += batch.removed
		if len(batch.keys) == 0 {
			return removed, classify(ctx, s.endDeletion(ctx, cognitoID))
		}
	}
}

// deletionResult is the result of one transaction of a deletion.
type deletionResult struct {
	isAlone bool              // false if another session is removing follows of the account
	keys    []model.FollowKey // the follows that were found; none if no follow is left
	removed int
}

// deleteFollows removes the next follows of a deleted account in one transaction. The transaction holds the lock of the
// deletion, so that no two sessions remove the same follows. The lock must not belong to the session: a pooler may give
// the session to another client at the end of the transaction.
func (s *Store) deleteFollows(ctx context.Context, cognitoID string) (result deletionResult, err error) {
	deltas := func() (countDeltas, error) { return unfollowDeltas(distinct(result.keys)), nil }
	err = s.withCountRepair(ctx, s.pool, deltas, 0, func() error {
		return withRetries(ctx, func() error {
			// Read committed, whatever the database's default: what is read must be newer than the lock.
			options := pgx.TxOptions{IsoLevel: pgx.ReadCommitted}
			return pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
				result = deletionResult{}
				if err := tx.QueryRow(ctx, deletionLock, cognitoID).Scan(&result.isAlone); err != nil || !result.isAlone {
					return err
				}
				rows, err := tx.Query(ctx, deletionFollows, cognitoID, deletionBatch)
				if err != nil {
					return err
				}
				if result.keys, err = pgx.CollectRows(rows, pgx.RowToStructByPos[model.FollowKey]); err != nil || len(result.keys) == 0 {
					return err
				}
				removed, err := queryPairs(ctx, tx, unfollowPairs(result.keys, 0), readBegin)
				result.removed = len(removed)
				return err
			})
		})
	})
	return result, err
}

// endDeletion removes the counts of a deleted account that has no follows left. If the counts are not 0, they are wrong
// and are counted first. Several sessions may run it at once.
func (s *Store) endDeletion(ctx context.Context, cognitoID string) error {
	tag, err := s.pool.Exec(ctx, deletionEnd, cognitoID)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	var open bool // otherwise another instance has ended the deletion
	if err := s.pool.QueryRow(ctx, deletionOpen, cognitoID).Scan(&open); err != nil || !open {
		return err
	}
	if err := s.repairCounts(ctx, s.pool, []string{cognitoID}, 0); err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, deletionEnd, cognitoID)
	return err
}
