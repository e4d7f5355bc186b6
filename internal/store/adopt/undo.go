package adopt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/nopassword"
)

// UndoResult is what undo did, and what the service does not see of what was done since the switch.
type UndoResult struct {
	Nothing  bool          // nothing was to be undone: no adoption goes on, and the tables have the service's form
	Switched bool          // whether the database had been switched
	Locked   time.Duration // how long the tables were locked
	// Links are the accounts whose Cognito ids are kept in followgraph_adoption.links, for the next adoption.
	Links int64
	// SelfFollows are the follows of oneself that were put back.
	SelfFollows int64
	// NoPassword are accounts that have no password: their users sign in by Cognito alone, which the service does not know.
	NoPassword int64
	// Deleting are accounts whose deletion is under way: their rows of counts are kept, the note of it is not.
	Deleting int64
	// Cut are the texts that were longer than the old columns and were cut, by column.
	Cut map[string]int64
	// Grants are the privileges that roles were granted since the switch and that undo took away, as statements that grant
	// them again.
	Grants []string
}

// undoNothing is for a database where no adoption goes on, as after an Undo whose end was not seen.
func (m *mover) undoNothing(ctx context.Context) (*UndoResult, error) {
	shape, err := ReadShape(ctx, m.conn)
	switch {
	case err != nil:
		return nil, err
	case shape.Users == nil:
		return nil, wrongStep("undo", StepNone, false)
	case shape.adopted():
		return nil, errors.New("undo is not possible: the adoption is finished, and only a backup goes back")
	}
	return &UndoResult{Nothing: true}, nil
}

// Undo brings the tables back to the form that they had before prepare, beside readers and writers. It goes on where an
// earlier one stopped. Of what prepare or switch have made, only the schema followgraph_adoption with the links stays.
func Undo(ctx context.Context, url string, options Options) (*UndoResult, error) {
	m, err := open(ctx, url, options)
	if err != nil {
		return nil, err
	}
	defer m.close(ctx)
	step, a, err := m.state(ctx)
	if err != nil {
		return nil, err
	}
	done := &UndoResult{Switched: true}
	switch step {
	case StepNone:
		return m.undoNothing(ctx)
	case StepPreparing, StepPrepared:
		done.Switched = false
		return done, m.abandon(ctx, a)
	case StepSwitched:
		if err := m.validate(ctx, a); err != nil {
			return nil, err
		}
		if _, err := m.afterSwitch(ctx, a); err != nil {
			return nil, err
		}
		if err := m.beginUndo(ctx, a); err != nil {
			return nil, err
		}
		fallthrough
	case StepUndoing:
		if err := m.fits(ctx, a); err != nil {
			return nil, err
		}
		if done.Locked, err = m.switchBack(ctx, a); err != nil {
			return nil, err
		}
		if _, a, err = m.state(ctx); err != nil {
			return nil, err
		}
		fallthrough
	case StepUndone:
		if err := m.validate(ctx, a); err != nil {
			return nil, err
		}
		if err := m.countInvisible(ctx, a, done); err != nil {
			return nil, err
		}
		done.Grants = a.Grants
		return done, m.afterUndo(ctx, a)
	default:
		return nil, wrongStep("undo", step, a != nil && a.Offline)
	}
}

// abandon removes what prepare has made.
func (m *mover) abandon(ctx context.Context, a *adoption) error {
	for _, table := range []string{UsersTable, FollowsTable, StatsTable} {
		full := qualified(a.Schema, table)
		err := m.locker.run(ctx, "remove the triggers of "+table, []string{full}, nil, func(tx pgx.Tx) error {
			// DROP TRIGGER takes this lock: taken at once, it is waited for once.
			if err := m.locker.lock(ctx, tx, "ACCESS EXCLUSIVE", []string{full}); err != nil {
				return err
			}
			j := job{Table: table, From: a.Schema}
			if err := script(ctx, tx, j.dropTriggers()...); err != nil {
				return err
			}
			return removeFrom(ctx, tx, a.Schema, table)
		})
		if err != nil {
			return err
		}
	}
	rows, err := m.conn.Query(ctx, `SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = to_regnamespace(quote_ident($1::text)) AND c.relkind = 'i' AND starts_with(c.relname::text, $2::text)`,
		a.Schema, uniquePrefix)
	if err != nil {
		return fmt.Errorf("look for indexes of prepare: %w", err)
	}
	indexes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for indexes of prepare: %w", err)
	}
	for _, index := range indexes {
		if _, err := m.conn.Exec(ctx, `DROP INDEX CONCURRENTLY IF EXISTS `+qualified(a.Schema, index)); err != nil {
			return fmt.Errorf("drop the index %s: %w", index, err)
		}
	}
	return m.inTransaction(ctx, func(tx pgx.Tx) error { return removeSchemas(ctx, tx) })
}

// removeSchemas removes the schemas of the adoption, but for links that an undo has kept.
func removeSchemas(ctx context.Context, tx pgx.Tx) error {
	var links bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM followgraph_adoption.links)`).Scan(&links); err != nil {
		return fmt.Errorf("look for links: %w", err)
	}
	drop := []string{`DROP SCHEMA IF EXISTS followgraph_next, followgraph_before CASCADE`}
	if links {
		drop = append(drop, `CREATE SCHEMA followgraph_links`, `ALTER TABLE followgraph_adoption.links SET SCHEMA followgraph_links`)
	}
	drop = append(drop, `DROP SCHEMA followgraph_adoption CASCADE`)
	if links {
		drop = append(drop, `ALTER SCHEMA followgraph_links RENAME TO followgraph_adoption`)
	}
	if err := script(ctx, tx, drop...); err != nil {
		return fmt.Errorf("remove what the adoption has made: %w", err)
	}
	return nil
}

// countInvisible counts what the service does not see.
func (m *mover) countInvisible(ctx context.Context, a *adoption, done *UndoResult) error {
	users, stats := qualified(nextSchema, UsersTable), qualified(nextSchema, StatsTable)
	err := m.conn.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM `+users+`), (SELECT count(*) FROM followgraph_adoption.self_follows),
		(SELECT count(*) FROM `+users+` WHERE password_hash IN ('`+nopassword.Before+`', `+noPassword+`)),
		(SELECT count(*) FROM `+stats+` WHERE deleted_at IS NOT NULL)`).Scan(&done.Links, &done.SelfFollows, &done.NoPassword, &done.Deleting)
	if err != nil {
		return fmt.Errorf("count what the service does not see: %w", err)
	}
	done.Cut = map[string]int64{}
	for _, column := range a.Before.Users.Columns {
		if column.Length == 0 || column.Name == "cognito_id" {
			continue
		}
		var count int64
		err := m.conn.QueryRow(ctx, `SELECT count(*) FROM `+users+` WHERE length(`+qualified(column.Name)+`::text) > $1::bigint`, int64(column.Length)).Scan(&count)
		if err != nil {
			return fmt.Errorf("count the texts that were cut: %w", err)
		}
		if count > 0 {
			done.Cut[column.Name] = count
		}
	}
	return nil
}

// afterUndo keeps the Cognito ids, and removes what the adoption has made.
func (m *mover) afterUndo(ctx context.Context, _ *adoption) error {
	return m.inTransaction(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO followgraph_adoption.links (user_id, cognito_id, token_version)
			SELECT id, cognito_id, token_version FROM `+qualified(nextSchema, UsersTable)+`
			ON CONFLICT (user_id) DO UPDATE SET cognito_id = excluded.cognito_id, token_version = excluded.token_version`)
		if err != nil {
			return fmt.Errorf("keep the links: %w", err)
		}
		return removeSchemas(ctx, tx)
	})
}
