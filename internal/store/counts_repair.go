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

// This program keeps counts exact, but another program that writes to the same database may not. A constraint forbids
// negative counts, so a change of follows fails in three cases: a count would fall below 0, a count that must be
// decreased has no row, or a new count would start at 0 although follows exist. The store then sets these counts to the
// number of rows and repeats the change. A wrong count therefore never prevents a follow, an unfollow or a deletion.
var (
	countsSuspect = statement("counts_suspect", nil)
	countsLock    = statement("counts_lock", nil)
	countsRecount = statement("counts_recount", nil)
)

// The constraints that keep counts from being negative.
const (
	followersCountCheck  = "ck_user_follow_stats_followers_count"
	followingsCountCheck = "ck_user_follow_stats_followings_count"
)

// querier is a pool, one of its connections, or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// transactor is a pool or one of its connections.
type transactor interface {
	querier
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// countDeltas holds the maximum amount by which a change of follows decreases each count. Counts that can only increase
// have the amount 0.
type countDeltas struct {
	ids                   []string
	followers, followings []int64 // maximum decrease of each count
}

// unfollowDeltas returns the deltas of follows that are removed.
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

// followDeltas returns the deltas of follows that are added. All amounts are 0.
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

// withCountRepair runs a change of follows. As long as the change fails because of wrong counts, it repairs them and
// runs the change again. This may take several attempts. For example, if a job of another program deletes and recreates
// all counts, a change that waits for that job finds a row only in its next attempt.
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

// isCountViolation reports whether a change of follows failed because of a wrong count.
func isCountViolation(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == checkViolation &&
		(server.ConstraintName == followersCountCheck || server.ConstraintName == followingsCountCheck)
}

// repairSuspects repairs the counts that block a change with these deltas.
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

// repairCounts sets the counts of users to the number of rows. See job.recount for why the result is exact.
func (s *Store) repairCounts(ctx context.Context, db transactor, ids []string, lockTimeout time.Duration) error {
	var drifts []Drift
	err := withRetries(ctx, func() error {
		// Read committed, whatever the database's default: every statement needs its own snapshot.
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

// lockTimeoutArg returns a lock timeout as an argument of a statement. nil means the session's timeout.
func lockTimeoutArg(lockTimeout time.Duration) *string {
	if lockTimeout <= 0 {
		return nil
	}
	return new(strconv.FormatInt(max(1, lockTimeout.Milliseconds()), 10))
}
