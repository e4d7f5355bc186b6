package store

import (
	"context"
	"database/sql"
	"errors"

	"followgraph/ent"
	"followgraph/internal/profile"
)

// A username or email address that is new must differ from all others in more than case. No unique index says so, because an
// adopted database may have such accounts, and the service that made them may write beside this one. Instead, whoever gives an
// account a name takes a lock on it, whatever its case, and then looks for it, in a statement whose snapshot is younger than
// the lock: what another writer of this program has done with the name is committed by then, or was not done.
var (
	namesLock    = statement("names_lock", nil)
	namesLockAll = statement("names_lock_all", nil)
	namesTaken   = statement("names_taken", nil)
)

// takenError says which of the names that an account claims another one has, whatever the case.
type nameTakenError struct{ username, email bool }

func (nameTakenError) Error() string { return "another account has the name" }

// writeNames runs write in a transaction in which nobody else takes the names that c claims. Where another account has one,
// it is a takenError, and write is not called.
func (s *Store) writeNames(ctx context.Context, values uniqueValues, write func(*ent.Tx) error) (err error) {
	// Not the database's default: the statements after the lock need snapshots of their own.
	tx, err := s.client.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // what went wrong before is the news
		}
		// database/sql rolls back on its own when ctx ends, and what comes later meets a transaction that is done.
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
	args := append([]any{values.cognitoID}, casesOf(values.username)...)
	rows, err := tx.QueryContext(ctx, namesTaken, append(args, casesOf(values.email)...)...)
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

// folded is a name's form for its lock, nil for none.
func folded(name *string) any {
	if name == nil {
		return nil
	}
	return profile.Fold(*name)
}

// casesOf are three arguments of a statement: a name in NFC and its other cases, nil for none.
func casesOf(name *string) []any {
	if name == nil {
		return []any{nil, nil, nil}
	}
	cases := profile.CasesOf(*name)
	return []any{cases.Composed, cases.Lower, cases.Upper}
}
