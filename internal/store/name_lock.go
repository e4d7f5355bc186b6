package store

import (
	"context"
	"database/sql"
	"errors"

	"followgraph/ent"
	"followgraph/internal/profile"
)

// A new username or email address must differ from all others in more than case. No unique index enforces this rule,
// because an adopted database may already contain accounts that violate it, and the previous service may still be
// writing to it. Instead, a writer that gives an account a name first locks the case-folded name. It then looks for the
// name in a statement whose snapshot is taken after the lock. At that time every other writer of this program that used
// the name has committed or rolled back.
var (
	namesLock    = statement("names_lock", nil)
	namesLockAll = statement("names_lock_all", nil)
	namesTaken   = statement("names_taken", nil)
)

// nameTakenError reports which of an account's new names another account has, ignoring case.
type nameTakenError struct{ username, email bool }

func (nameTakenError) Error() string { return "another account has the name" }

// writeNames runs write in a transaction in which no other writer takes the names in values. If another account has one
// of them, it returns a nameTakenError and does not call write.
func (s *Store) writeNames(ctx context.Context, values uniqueValues, write func(*ent.Tx) error) (err error) {
	// Read committed, regardless of the database's default: each statement after the lock needs a new snapshot.
	tx, err := s.client.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the earlier error matters more
		}
		// database/sql rolls back by itself when ctx ends, and later statements fail because the transaction is done.
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err()
		}
	}()
	if err := lockNames(ctx, tx, values); err != nil {
		return err
	}
	if err := write(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func lockNames(ctx context.Context, tx *ent.Tx, values uniqueValues) error {
	if _, err := tx.ExecContext(ctx, namesLock, folded(values.username), folded(values.email)); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, namesTaken, values.cognitoID, values.username, values.email)
	if err != nil {
		return err
	}
	defer rows.Close()
	var conflict nameTakenError
	for rows.Next() {
		if err := rows.Scan(&conflict.username, &conflict.email); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if conflict != (nameTakenError{}) {
		return conflict
	}
	return nil
}

// folded returns the form of a name that its lock uses, or nil if there is no name.
func folded(name *string) any {
	if name == nil {
		return nil
	}
	return profile.Fold(*name)
}
