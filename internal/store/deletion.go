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
	deletionUnlock  = statement("deletion_unlock", nil)
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
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, classify(ctx, err)
	}
	defer conn.Release()
	alone := true // set by the lock below; true if an error leaves it open
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

// endDeletion removes the counts of a deleted account that has no follows left. If the counts are not 0, they are wrong
// and are counted first.
func (s *Store) endDeletion(ctx context.Context, conn *pgxpool.Conn, cognitoID string) error {
	tag, err := conn.Exec(ctx, deletionEnd, cognitoID)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	var open bool // otherwise another instance has ended the deletion
	if err := conn.QueryRow(ctx, deletionOpen, cognitoID).Scan(&open); err != nil || !open {
		return err
	}
	if err := s.repairCounts(ctx, conn, []string{cognitoID}, 0); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, deletionEnd, cognitoID)
	return err
}

// unlockDeletion releases the lock of a deletion, even if ctx has ended. A connection that does not answer is closed,
// which also releases its lock.
func unlockDeletion(ctx context.Context, conn *pgxpool.Conn, cognitoID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, deletionUnlock, cognitoID); err != nil {
		_ = conn.Conn().Close(ctx)
	}
}
