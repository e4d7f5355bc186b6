package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

var (
	statsDrifts = statement("stats_drifts", nil)
	statsStored = statement("stats_stored", nil)
)

// Drift is a user whose counts differ from the rows.
type Drift struct {
	UserID     string
	Followers  int64 // rows that follow the user
	Followings int64 // rows in which the user follows

	Stored          bool  // whether there is a row of counts; without one, the counts are read as 0
	FollowersCount  int64 // as stored
	FollowingsCount int64 // as stored
}

// String returns the drift as one line.
func (d Drift) String() string {
	return fmt.Sprintf("%s: followers %d, counted %d; followings %d, counted %d",
		d.UserID, d.Followers, d.FollowersCount, d.Followings, d.FollowingsCount)
}

// VerifyStats compares every count with the rows in one snapshot and calls report for each drift, sorted by id. An
// error of report ends it. VerifyStats returns how many users it checked: all users with counts or follows. It locks
// nothing and changes nothing. PostgreSQL aggregates within its work_mem; only drifts are sent to the client.
func (s *Store) VerifyStats(ctx context.Context, report func(Drift) error) (checked int64, err error) {
	// Both statements need the same snapshot, hence the isolation level.
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	var reportErr error
	err = pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, statsDrifts)
		var d Drift
		scans := []any{&d.UserID, &d.Followers, &d.Followings, &d.Stored, &d.FollowersCount, &d.FollowingsCount}
		missing := int64(0)
		if _, err := pgx.ForEachRow(rows, scans, func() error {
			if !d.Stored {
				missing++
			}
			reportErr = report(d)
			return reportErr
		}); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, statsStored).Scan(&checked); err != nil {
			return err
		}
		checked += missing
		return nil
	})
	if reportErr != nil {
		return 0, reportErr
	}
	if err != nil {
		return 0, classify(ctx, err)
	}
	return checked, nil
}
