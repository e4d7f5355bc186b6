package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/model"
)

// Counts may be wrong although no writer of this program leaves them so: another program that writes to the same database may.
// A change of follows that meets counts which cannot be right fails, because no count may be negative: one that would go
// below 0, one that has no row to go down, and one that begins at 0 although there are follows. These counts are then set to the
// number of rows, and the change is made again. So a wrong count never keeps anybody from following, unfollowing or leaving.
var (
	countsSuspect = statement("counts_suspect", nil)
	countsLock    = statement("counts_lock", nil)
	countsRecount = statement("counts_recount", nil)
)

// The constraints that no count is negative.
const (
	followersCountCheck  = "ck_user_follow_stats_followers_count"
	followingsCountCheck = "ck_user_follow_stats_followings_count"
)

// transactor is a pool or one of its connections.
type transactor interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// countMoves are by how much follows move counts, at most.
type countDeltas struct {
	ids                   []string
	followers, followings []int64 // that they take away
}

// takenAway are the moves of follows that end.
func unfollowDeltas(keys []model.FollowKey) countDeltas {
	deltas := followDeltas(keys)
	for _, key := range keys {
		follower, _ := slices.BinarySearch(deltas.ids, key.FollowerID)
		following, _ := slices.BinarySearch(deltas.ids, key.FollowingID)
		deltas.followings[follower]++
		deltas.followers[following]++
	}
	return deltas
}

// addedTo are the moves of follows that begin: they take nothing away.
func followDeltas(keys []model.FollowKey) countDeltas {
	var deltas countDeltas
	for _, key := range keys {
		deltas.ids = append(deltas.ids, key.FollowerID, key.FollowingID)
	}
	slices.Sort(deltas.ids)
	deltas.ids = slices.Compact(deltas.ids)
	deltas.followers, deltas.followings = make([]int64, len(deltas.ids)), make([]int64, len(deltas.ids))
	return deltas
}

// repairing runs a change of follows, and again as long as it meets counts that cannot be right and that a repair has set right. That may
// be more than once: a job of another program that deletes all counts and makes them again has a change that waits for it find
// no row, where there is one the next time.
func (s *Store) withCountRepair(ctx context.Context, db transactor, readDeltas func() (countDeltas, error), lockTimeout time.Duration, change func() error) error {
	for attempt := 1; ; attempt++ {
		err := change()
		if !isCountViolation(err) || attempt == retryAttempts {
			return err
		}
		deltas, err := readDeltas()
		if err == nil {
			err = s.repairSuspects(ctx, db, deltas, lockTimeout)
		}
		if err != nil {
			return err
		}
	}
}

// countsAmiss reports whether a change of follows met counts that cannot be right.
func isCountViolation(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == checkViolation &&
		(server.ConstraintName == followersCountCheck || server.ConstraintName == followingsCountCheck)
}

// repairSuspects sets those counts right that stand in the way of moves.
func (s *Store) repairSuspects(ctx context.Context, db transactor, deltas countDeltas, lockTimeout time.Duration) error {
	rows, err := db.Query(ctx, countsSuspect, deltas.ids, deltas.followers, deltas.followings)
	if err != nil {
		return err
	}
	suspects, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(suspects, rebuildChunk) {
		if err := s.repairCounts(ctx, db, chunk, lockTimeout); err != nil {
			return err
		}
	}
	return nil
}

// repairCounts sets the counts of users to the number of rows. Why the result is exact: see job.recount.
func (s *Store) repairCounts(ctx context.Context, db transactor, ids []string, lockTimeout time.Duration) error {
	var drifts []Drift
	err := withRetries(ctx, func() error {
		// Read committed, whatever the database's default: every statement needs a snapshot of its own.
		return pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, countsLock, ids, lockTimeoutArg(lockTimeout)); err != nil {
				return err
			}
			rows, err := tx.Query(ctx, countsRecount, ids)
			if err != nil {
				return err
			}
			drifts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Drift, err error) {
				d.Stored = true
				return d, row.Scan(&d.UserID, &d.Followers, &d.Followings, &d.FollowersCount, &d.FollowingsCount)
			})
			return err
		})
	})
	if err != nil || s.onRepair == nil {
		return err
	}
	for _, drift := range drifts {
		s.onRepair(ctx, drift)
	}
	return nil
}

// longestWait is a patience as the argument of a statement: nil for as long as the session's.
func lockTimeoutArg(lockTimeout time.Duration) *string {
	if lockTimeout <= 0 {
		return nil
	}
	return new(strconv.FormatInt(max(1, lockTimeout.Milliseconds()), 10))
}
