package adopt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/migrate"
)

// Undone is what undo did, and what the service does not see of what was done since the switch.
type Undone struct {
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
	// Cut are texts that are longer than the old columns, and were cut, by column.
	Cut map[string]int64
}

// undoNothing is for a database where no adoption goes on, as after an Undo whose end was not seen.
func (m *mover) undoNothing(ctx context.Context) (*Undone, error) {
	shape, err := ReadShape(ctx, m.conn)
	switch {
	case err != nil:
		return nil, err
	case shape.Users == nil:
		return nil, misplaced("undo", StepNone)
	case shape.adopted():
		return nil, errors.New("undo is not possible: the adoption is finished, and only a backup goes back")
	}
	return &Undone{Nothing: true}, nil
}

// Undo brings the tables back to the form that they had before prepare, beside readers and writers. It goes on where an
// earlier one stopped. Of what prepare or switch have made, only the schema followgraph_adoption with the links stays.
func Undo(ctx context.Context, url string, options Options) (*Undone, error) {
	m, err := open(ctx, url, options)
	if err != nil {
		return nil, err
	}
	defer m.close(ctx)
	step, a, err := m.state(ctx)
	if err != nil {
		return nil, err
	}
	done := &Undone{Switched: true}
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
		if err := m.unseen(ctx, a, done); err != nil {
			return nil, err
		}
		return done, m.afterUndo(ctx, a)
	default:
		return nil, misplaced("undo", step)
	}
}

// abandon removes what prepare has made.
func (m *mover) abandon(ctx context.Context, a *adoption) error {
	for _, table := range []string{UsersTable, FollowsTable, StatsTable} {
		full := name(a.Schema, table)
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
		if _, err := m.conn.Exec(ctx, `DROP INDEX CONCURRENTLY IF EXISTS `+name(a.Schema, index)); err != nil {
			return fmt.Errorf("drop the index %s: %w", index, err)
		}
	}
	return m.do(ctx, func(tx pgx.Tx) error { return removeSchemas(ctx, tx) })
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

// beginUndo plans the way back, and takes away from the old tables, which are empty, what would be in the way of filling
// them.
func (m *mover) beginUndo(ctx context.Context, a *adoption) error {
	return m.do(ctx, func(tx pgx.Tx) error {
		now, err := shapeIn(ctx, tx, a.Schema)
		if err != nil {
			return err
		}
		if err := fits(ctx, tx, a.Before, now); err != nil {
			return err
		}
		a.Back = nil
		var statements []string
		for _, table := range now.Tables() {
			before, err := readTable(ctx, tx, now.Server.VersionNum, beforeSchema, table.Name)
			if err != nil {
				return err
			}
			if before == nil {
				return fmt.Errorf("the old form of %s is gone: it was in schema %s", table.Name, beforeSchema)
			}
			j := planBack(before, table)
			statements = append(statements, `ALTER TABLE `+name(beforeSchema, table.Name)+` DISABLE TRIGGER USER`,
				`ALTER TABLE `+name(beforeSchema, table.Name)+` SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)`)
			if table.Name == FollowsTable {
				j.Build = append(j.Build, putBack(before))
			}
			for _, index := range before.Indexes {
				drop, build := setAside(before, index)
				statements = append(statements, drop...)
				j.Build = append(j.Build, build...)
			}
			statements = append(statements, j.makeLog()...)
			a.Back = append(a.Back, j)
		}
		statements = append(statements, `DELETE FROM followgraph_adoption.copies`)
		for _, j := range a.Back {
			statements = append(statements, `INSERT INTO followgraph_adoption.copies (name) VALUES (`+literal(j.Table)+`)`)
		}
		if err := script(ctx, tx, statements...); err != nil {
			return fmt.Errorf("begin to undo: %w", err)
		}
		return a.write(ctx, tx, StepUndoing)
	})
}

// setAside returns the statements that drop an index of an old table, and those that make it again as it was. The key that
// a copy looks rows up by stays.
func setAside(table *Table, index Index) (drop, build []string) {
	full := name(table.Schema, table.Name)
	switch {
	case strings.HasPrefix(index.Name, uniquePrefix):
		return []string{`DROP INDEX ` + name(index.Schema, index.Name)}, nil // prepare has made it
	case index.Primary:
		return nil, nil
	case index.Constraint != "":
		drop = []string{`ALTER TABLE ` + full + ` DROP CONSTRAINT ` + name(index.Constraint)}
		build = append([]string{`ALTER TABLE ` + full + ` ADD CONSTRAINT ` + name(index.Constraint) + ` ` + index.ConstraintDef},
			commentSQL(`CONSTRAINT `+name(index.Constraint)+` ON `+full, index.Comment)...)
	default:
		drop = []string{`DROP INDEX ` + name(index.Schema, index.Name)}
		build = append([]string{index.Definition}, commentSQL(`INDEX `+name(index.Schema, index.Name), index.Comment)...)
	}
	if index.Replica {
		build = append(build, `ALTER TABLE `+full+` REPLICA IDENTITY USING INDEX `+name(index.Name))
	}
	if index.Clustered {
		build = append(build, `ALTER TABLE `+full+` CLUSTER ON `+name(index.Name))
	}
	return drop, build
}

// putBack returns the statement that puts the follows of oneself back.
func putBack(follows *Table) string {
	columns, values := []string{`id`, `follower_id`, `following_id`}, []string{`s.id`, `s.follower_id`, `s.follower_id`}
	if created := follows.Column("created_at"); created != nil {
		columns = append(columns, `created_at`)
		value := `s.created_at`
		if created.Base == "timestamp without time zone" {
			value = `s.created_at AT TIME ZONE 'UTC'`
		}
		if created.NotNull {
			value = `coalesce(` + value + `, now())`
		}
		values = append(values, value)
	}
	return `INSERT INTO ` + name(follows.Schema, follows.Name) + ` (` + strings.Join(columns, ", ") + `) OVERRIDING SYSTEM VALUE
		SELECT ` + strings.Join(values, ", ") + ` FROM followgraph_adoption.self_follows AS s ON CONFLICT DO NOTHING`
}

// switchBack fills the old tables and puts them into place.
func (m *mover) switchBack(ctx context.Context, a *adoption) (time.Duration, error) {
	for {
		if err := m.logChanges(ctx, a.Back); err != nil {
			return 0, err
		}
		for i := range a.Back {
			if err := m.run(ctx, &a.Back[i]); err != nil {
				return 0, err
			}
		}
		var took time.Duration
		err := m.exchange(ctx, a, nextSchema, beforeSchema, a.Back, func(tx pgx.Tx, x *exchange, locked time.Time) error {
			err := m.backward(ctx, tx, *a, x)
			took = time.Since(locked)
			return err
		})
		if errors.Is(err, errTruncated) || errors.Is(err, errChanged) {
			continue
		}
		return took, err
	}
}

// backward does what follows the locks of the way back.
func (m *mover) backward(ctx context.Context, tx pgx.Tx, a adoption, x *exchange) error {
	before := a.Before
	if err := removeTriggers(ctx, tx, a.Schema); err != nil {
		return err
	}
	var statements []string
	for _, j := range a.Back {
		statements = append(statements, j.dropTriggers()...)
	}
	statements = append(statements, `CREATE SCHEMA IF NOT EXISTS `+nextSchema,
		`GRANT USAGE, CREATE ON SCHEMA `+nextSchema+` TO `+name(x.shape.Users.Owner))
	// Sequences of the team's columns stay where they are, those of the ids go with the tables.
	statements = append(statements, detachSequences(x.shape, nextSchema)...)
	statements = append(statements, x.leave()...)
	statements = append(statements, restoreEnum(before)...)
	statements = append(statements, x.enter()...)
	for _, table := range before.Tables() {
		full := name(table.Schema, table.Name)
		statements = append(statements, optionsSQL(table, full)...)
		statements = append(statements, `ALTER TABLE `+full+` ENABLE TRIGGER USER`)
		for _, trigger := range table.Triggers {
			if !strings.HasPrefix(trigger.Function, Schema+".") {
				statements = append(statements, enableSQL(full, trigger)...)
			}
		}
		statements = append(statements, returnSequences(table)...)
	}
	around, references := x.around(m.asBefore(a, x))
	statements = append(statements, around...)
	if err := script(ctx, tx, statements...); err != nil {
		return err
	}
	if err := migrate.Forget(ctx, tx, a.History); err != nil {
		return err
	}
	restored, err := restoreAlembic(ctx, tx, before)
	if err != nil {
		return err
	}
	if !restored {
		m.log.WarnContext(ctx, "this role may not set alembic_version back: where it says "+AlembicRevision+", set it to the revision that it had")
	}
	a.Unvalidated = references
	return a.write(ctx, tx, StepUndone)
}

// asBefore gives the dependents that have not changed since the switch the definition that they had before.
func (m *mover) asBefore(a adoption, x *exchange) []Dependent {
	dependents := x.remade()
	for i, dependent := range dependents {
		same := func(d Dependent) bool { return d.Kind == dependent.Kind && d.Identity == dependent.Identity }
		made, before := slices.IndexFunc(a.Remade, same), slices.IndexFunc(a.Before.Dependents, same)
		if made != -1 && before != -1 && a.Remade[made].Create == dependent.Create {
			dependents[i].Create = a.Before.Dependents[before].Create
		}
	}
	return dependents
}

// restoreEnum returns the statements that give the type of roles its old name again.
func restoreEnum(before *Shape) []string {
	enum := before.RoleEnum
	if enum == nil {
		return []string{`ALTER TYPE ` + name(before.Schema, roleEnum) + ` SET SCHEMA ` + nextSchema}
	}
	if enum.Schema == before.Schema && enum.Name == roleEnum {
		return nil
	}
	statements := []string{`DROP DOMAIN ` + name(enum.Schema, enum.Name)}
	if enum.Schema != before.Schema {
		statements = append(statements, `ALTER TYPE `+name(before.Schema, roleEnum)+` SET SCHEMA `+name(enum.Schema))
	}
	if enum.Name != roleEnum {
		statements = append(statements, `ALTER TYPE `+name(enum.Schema, roleEnum)+` RENAME TO `+name(enum.Name))
	}
	return statements
}

// unseen counts what the service does not see.
func (m *mover) unseen(ctx context.Context, a *adoption, done *Undone) error {
	users, stats := name(nextSchema, UsersTable), name(nextSchema, StatsTable)
	err := m.conn.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM `+users+`), (SELECT count(*) FROM followgraph_adoption.self_follows),
		(SELECT count(*) FROM `+users+` WHERE password_hash IN ('!', `+noPassword+`)),
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
		err := m.conn.QueryRow(ctx, `SELECT count(*) FROM `+users+` WHERE length(`+name(column.Name)+`::text) > $1::bigint`, int64(column.Length)).Scan(&count)
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
	return m.do(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO followgraph_adoption.links (user_id, cognito_id, token_version)
			SELECT id, cognito_id, token_version FROM `+name(nextSchema, UsersTable)+`
			ON CONFLICT (user_id) DO UPDATE SET cognito_id = excluded.cognito_id, token_version = excluded.token_version`)
		if err != nil {
			return fmt.Errorf("keep the links: %w", err)
		}
		return removeSchemas(ctx, tx)
	})
}
