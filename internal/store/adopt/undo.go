package adopt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/nopassword"
)

// UndoResult is what undo did, and how much of the data since the switch is invisible to the service.
type UndoResult struct {
	Nothing  bool          // there was nothing to undo: no adoption is in progress, and the tables have the service's form
	Switched bool          // the database had been switched
	Locked   time.Duration // how long the tables were locked
	// Links is the number of accounts whose Cognito ids are kept in followgraph_adoption.links for the next adoption.
	Links int64
	// SelfFollows is the number of self-follows that undo restored.
	SelfFollows int64
	// NoPassword is the number of accounts without a password. Their users sign in with Cognito only, which the service
	// does not know.
	NoPassword int64
	// Deleting is the number of accounts whose deletion was in progress. Their rows of counts remain, without deleted_at.
	Deleting int64
	// Cut is the number of texts that undo cut because they were longer than the old column, by column.
	Cut map[string]int64
	// Grants are the privileges that roles were granted since the switch and that undo took away, as statements that grant
	// them again.
	Grants []string
}

// undoNothing returns the result for a database without an adoption, for example after an Undo whose output was lost.
func (m *mover) undoNothing(ctx context.Context) (*UndoResult, error) {
	shape, err := ReadShape(ctx, m.conn)
	switch {
	case err != nil:
		return nil, err
	case shape.Users == nil:
		return nil, wrongStep("undo", StepNone, false)
	case shape.adopted():
		return nil, errors.New("undo is not possible: the adoption is finished; only a backup brings the old tables back")
	}
	return &UndoResult{Nothing: true}, nil
}

// Undo restores the form that the tables had before prepare, while readers and writers go on. It continues where an
// earlier Undo stopped. Of the objects that prepare and switch created, only followgraph_adoption.links remains.
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

// abandon removes everything that prepare has created.
func (m *mover) abandon(ctx context.Context, a *adoption) error {
	for _, table := range []string{UsersTable, FollowsTable, StatsTable} {
		full := qualified(a.Schema, table)
		err := m.locker.run(ctx, "remove the triggers of "+table, []string{full}, nil, func(tx pgx.Tx) error {
			// DROP TRIGGER needs this lock. Taking it first means waiting once for all triggers.
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
		return fmt.Errorf("look for the indexes of prepare: %w", err)
	}
	indexes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for the indexes of prepare: %w", err)
	}
	for _, index := range indexes {
		if _, err := m.conn.Exec(ctx, `DROP INDEX CONCURRENTLY IF EXISTS `+qualified(a.Schema, index)); err != nil {
			return fmt.Errorf("drop the index %s: %w", index, err)
		}
	}
	return m.inTransaction(ctx, func(tx pgx.Tx) error { return removeSchemas(ctx, tx) })
}

// removeSchemas removes the schemas of the adoption, except for the table of links if it has rows.
func removeSchemas(ctx context.Context, tx pgx.Tx) error {
	var links bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM followgraph_adoption.links)`).Scan(&links); err != nil {
		return fmt.Errorf("look for links: %w", err)
	}
	drop := []string{`DROP SCHEMA IF EXISTS followgraph_next, followgraph_before CASCADE`, dropPublication}
	if links {
		drop = append(drop, `CREATE SCHEMA followgraph_links`, `ALTER TABLE followgraph_adoption.links SET SCHEMA followgraph_links`)
	}
	drop = append(drop, `DROP SCHEMA followgraph_adoption CASCADE`)
	if links {
		drop = append(drop, `ALTER SCHEMA followgraph_links RENAME TO followgraph_adoption`)
	}
	if err := script(ctx, tx, drop...); err != nil {
		return fmt.Errorf("remove the schemas of the adoption: %w", err)
	}
	return nil
}

// countInvisible counts what the service does not see after undo.
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

// afterUndo saves the Cognito ids and removes the schemas of the adoption.
func (m *mover) afterUndo(ctx context.Context, _ *adoption) error {
	return m.inTransaction(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO followgraph_adoption.links (user_id, cognito_id, token_version)
			SELECT id, cognito_id, token_version FROM `+qualified(nextSchema, UsersTable)+`
			ON CONFLICT (user_id) DO UPDATE SET cognito_id = excluded.cognito_id, token_version = excluded.token_version`)
		if err != nil {
			return fmt.Errorf("save the links: %w", err)
		}
		return removeSchemas(ctx, tx)
	})
}
