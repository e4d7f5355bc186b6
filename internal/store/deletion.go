package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"followgraph/internal/model"
)

// A deletion is one transaction that removes the account and marks its counts with deleted_at, then many small ones that
// remove its follows, and a last one that removes the counts with the mark. Counts equal rows after each. Whatever
// interrupts it, Sweep finds the mark.
//
// An account with the id of one whose deletion is under way must not be made: its follows would be removed. Whoever makes
// one looks at deleted_at after its INSERT, in the same transaction and in a statement of its own: where the INSERT waited
// for the deletion to begin, that statement's snapshot shows the mark.
var (
	deletionBegin   = statement("deletion_begin", nil)
	deletionFollows = statement("deletion_follows", nil)
	deletionEnd     = statement("deletion_end", nil)
	deletionOpen    = statement("deletion_open", nil)
	deletionLock    = statement("deletion_lock", nil)
	deletionUnlock  = statement("deletion_unlock", nil)
	deletions       = statement("deletions", nil)
)

const (
	// deletionBatch is how many follows one transaction removes. Writers to the users at their other ends wait for it.
	deletionBatch = 1000
	// deletionMargin is what DeleteAccount leaves of its caller's time.
	deletionMargin = time.Second
)

// DeleteAccount removes an account and tells whether there was one. It then removes its follows, for as long as ctx
// allows; what remains is removed by Sweep, whatever the reason: where the account is gone, there is no error.
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
	_, _ = s.finishDeletion(ctx, cognitoID) // a sweep meets the error again, and returns it
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

// Sweep goes on with all deletions that are under way and that nobody else goes on with, the oldest first, and returns
// how many follows it removed. A deletion that fails does not keep it from the others; all errors are returned. It may
// run on several instances at once, and is to be run when one starts and from time to time.
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
		errs = append(errs, fmt.Errorf("going on with the deletion of the account %s: %w", cognitoID, err))
		if !isStatementError(err) {
			break // the database is away, or the time is up
		}
	}
	return removed, errors.Join(errs...)
}

// finishDeletion removes the follows of an account whose deletion has begun, and then its counts, unless somebody else
// is at it. It returns how many follows it removed.
func (s *Store) finishDeletion(ctx context.Context, cognitoID string) (removed int, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, classify(ctx, err)
	}
	defer conn.Release()
	alone := true // so says the lock below, unless an error leaves it open
	defer func() {
		if alone {
			unlockDeletion(ctx, conn, cognitoID)
		}
	}()
	if err := conn.QueryRow(ctx, deletionLock, cognitoID).Scan(&alone); err != nil || !alone {
		return 0, classify(ctx, err)
	}
	for {
		rows, _ := conn.Query(ctx, deletionFollows, cognitoID, deletionBatch)
		keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[model.FollowKey])
		if err != nil {
			return removed, classify(ctx, err)
		}
		if len(keys) == 0 {
			return removed, classify(ctx, s.endDeletion(ctx, conn, cognitoID))
		}
		deleted, err := s.unfollow(ctx, conn, keys, 0)
		if err != nil {
			return removed, classify(ctx, err)
		}
		removed += len(deleted)
	}
}

// endDeletion removes the counts of a deleted account that has no follows any more. Where they say otherwise, they are wrong, and
// counted first.
func (s *Store) endDeletion(ctx context.Context, conn *pgxpool.Conn, cognitoID string) error {
	tag, err := conn.Exec(ctx, deletionEnd, cognitoID)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	var open bool // else another instance has ended the deletion
	if err := conn.QueryRow(ctx, deletionOpen, cognitoID).Scan(&open); err != nil || !open {
		return err
	}
	if err := s.repairCounts(ctx, conn, []string{cognitoID}, 0); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, deletionEnd, cognitoID)
	return err
}

// unlockDeletion leaves a deletion to others, also where the time of the work is up. A connection that does not answer
// is closed, and with it ends its lock.
func unlockDeletion(ctx context.Context, conn *pgxpool.Conn, cognitoID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, deletionUnlock, cognitoID); err != nil {
		_ = conn.Conn().Close(ctx)
	}
}
