package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/profile"
	"followgraph/internal/store/nopassword"
)

var (
	importUsersStage       = statement("import_users_stage", nil)
	importUsersReady       = statement("import_users_ready", nil)
	importUsersFromFollows = statement("import_users_from_follows", nil)
	importUsersMerge       = statement("import_users_merge", nil)
	importUsersSettle      = statement("import_users_settle", nil)
	importUsersSalt        = statement("import_users_salt", nil)
	importUsersPending     = statement("import_users_pending", nil)
)

// createUsers creates an account for every id among the staged follows that has none.
func (m *importer) createUsers(ctx context.Context) (created int64, err error) {
	m.opts.Progress(ImportProgress{Phase: PhaseCreateUsers})
	if err := m.script(ctx, importUsersStage); err != nil {
		return 0, err
	}
	tag, err := m.conn.Exec(ctx, importUsersFromFollows, profile.UsernamePattern, m.now)
	if err != nil {
		return 0, classify(ctx, err)
	}
	if err := m.script(ctx, importUsersReady); err != nil {
		return 0, err
	}
	// Ids that differ only in case would get usernames that differ only in case.
	pending, err := m.settleNames(ctx)
	if err != nil {
		return 0, err
	}
	return m.makeAccounts(ctx, PhaseCreateUsers, tag.RowsAffected(), pending, func(context.Context) error { return nil })
}

// accountRounds limits how often new names are tried. Names come from 64 bits of a hash, and phone numbers from 10^12
// values. One round is usual, and two are rare.
const accountRounds = 10

// accountChunkRows limits how many accounts one transaction creates, because registrations wait for it.
const accountChunkRows = 10_000

// makeAccounts inserts the staged accounts and returns how many it created. pending is their number, and last is their
// last line. If the derived username or phone number of an account is taken, makeAccounts derives the next one and
// tries again. Before each retry, contested removes the rows whose given values another writer has taken.
func (m *importer) makeAccounts(
	ctx context.Context, phase ImportPhase, last, pending int64, contested func(context.Context) error,
) (created int64, err error) {
	for range accountRounds {
		added, err := m.merge(ctx, phase, last, min(m.opts.ChunkRows, accountChunkRows), m.mergeAccounts)
		created += added
		if err != nil || added == pending {
			return created, err
		}
		if _, err := m.conn.Exec(ctx, importUsersSettle); err != nil {
			return created, classify(ctx, err)
		}
		if err := contested(ctx); err != nil {
			return created, err
		}
		if err := m.conn.QueryRow(ctx, importUsersPending).Scan(&pending); err != nil {
			return created, classify(ctx, err)
		}
		if pending == 0 {
			return created, nil
		}
		if _, err := m.conn.Exec(ctx, importUsersSalt); err != nil {
			return created, classify(ctx, err)
		}
	}
	return created, fmt.Errorf("no free username or phone number found for %d users in %d attempts: run the import again, or import these users with explicit usernames and phone numbers",
		pending, accountRounds)
}

// mergeAccounts creates the accounts of a chunk. It holds the lock on all names, so that no other writer can give an
// account a name: see name_lock.go.
func (m *importer) mergeAccounts(ctx context.Context, from, to int64) (created int64, err error) {
	err = pgx.BeginTxFunc(ctx, m.conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, namesLockAll); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, importUsersMerge, from, to, m.now, nopassword.Hash)
		created, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
		return err
	})
	if err != nil {
		return 0, err // rolled back, and possibly run again
	}
	return created, nil
}
