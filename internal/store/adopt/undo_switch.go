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

// beginUndo plans the copies into the old tables, which are empty. It drops or disables the objects that would hinder
// filling them.
func (m *mover) beginUndo(ctx context.Context, a *adoption) error {
	return m.inTransaction(ctx, func(tx pgx.Tx) error {
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
				return fmt.Errorf("the old table %s is gone: it was in schema %s", table.Name, beforeSchema)
			}
			j := planBack(before, table)
			statements = append(statements, `ALTER TABLE `+qualified(beforeSchema, table.Name)+` DISABLE TRIGGER USER`,
				`ALTER TABLE `+qualified(beforeSchema, table.Name)+` SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)`)
			if table.Name == FollowsTable {
				j.Build = append(j.Build, restoreSelfFollows(before))
			}
			for _, index := range before.Indexes {
				drop, build := dropForCopy(before, index)
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
			return fmt.Errorf("start the undo: %w", err)
		}
		return a.write(ctx, tx, StepUndoing)
	})
}

// dropForCopy returns the statements that drop an index of an old table, and those that create it again. The primary
// key stays, because a copy finds rows by it.
func dropForCopy(table *Table, index Index) (drop, build []string) {
	full := qualified(table.Schema, table.Name)
	switch {
	case strings.HasPrefix(index.Name, uniquePrefix):
		return []string{`DROP INDEX ` + qualified(index.Schema, index.Name)}, nil // prepare has created it
	case index.Primary:
		return nil, nil
	case index.Constraint != "":
		drop = []string{`ALTER TABLE ` + full + ` DROP CONSTRAINT ` + qualified(index.Constraint)}
		build = append([]string{`ALTER TABLE ` + full + ` ADD CONSTRAINT ` + qualified(index.Constraint) + ` ` + index.ConstraintDef},
			commentSQL(`CONSTRAINT `+qualified(index.Constraint)+` ON `+full, index.Comment)...)
	default:
		drop = []string{`DROP INDEX ` + qualified(index.Schema, index.Name)}
		build = append([]string{index.Definition}, commentSQL(`INDEX `+qualified(index.Schema, index.Name), index.Comment)...)
	}
	if index.Replica {
		build = append(build, `ALTER TABLE `+full+` REPLICA IDENTITY USING INDEX `+qualified(index.Name))
	}
	if index.Clustered {
		build = append(build, `ALTER TABLE `+full+` CLUSTER ON `+qualified(index.Name))
	}
	return drop, build
}

// restoreSelfFollows returns the statement that inserts the saved self-follows.
func restoreSelfFollows(follows *Table) string {
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
	return `INSERT INTO ` + qualified(follows.Schema, follows.Name) + ` (` + strings.Join(columns, ", ") + `) OVERRIDING SYSTEM VALUE
		SELECT ` + strings.Join(values, ", ") + ` FROM followgraph_adoption.self_follows AS s ON CONFLICT DO NOTHING`
}

// switchBack fills the old tables and moves them into place.
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
		took, err := m.exchange(ctx, a, nextSchema, beforeSchema, a.Back, func(tx pgx.Tx, x *exchange) error { return m.backward(ctx, tx, *a, x) })
		if errors.Is(err, errTruncated) || errors.Is(err, errChanged) {
			continue
		}
		return took, err
	}
}

// backward does the part of an undo that runs under the locks.
func (m *mover) backward(ctx context.Context, tx pgx.Tx, a adoption, x *exchange) error {
	before := a.Before
	if err := removeTriggers(ctx, tx, a.Schema); err != nil {
		return err
	}
	var err error
	if a.Grants, err = grantsSinceSwitch(ctx, tx, &a, x.shape); err != nil {
		return err
	}
	statements := append([]string{dropPublication}, x.swap(a.Back, restoreEnum(before))...)
	for _, table := range before.Tables() {
		full := qualified(table.Schema, table.Name)
		statements = append(statements, optionsSQL(table, full)...)
		statements = append(statements, `ALTER TABLE `+full+` ENABLE TRIGGER USER`)
		for _, trigger := range table.Triggers {
			if !strings.HasPrefix(trigger.Function, Schema+".") {
				statements = append(statements, enableSQL(full, trigger)...)
			}
		}
		statements = append(statements, returnSequences(table)...)
	}
	around, references := x.recreate(m.originalDefinitions(a, x))
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
		m.log.WarnContext(ctx, "this role may not change alembic_version: if it contains "+AlembicRevision+", set it to the revision from before the switch")
	}
	a.Unvalidated = references
	return a.write(ctx, tx, StepUndone)
}

// grantsSinceSwitch returns statements that repeat the grants since the switch: on the tables, on the sequences of
// their ids and on the migration history. Undo restores the old relations with their old grants, and drops the history.
func grantsSinceSwitch(ctx context.Context, tx pgx.Tx, a *adoption, now *Shape) ([]string, error) {
	var relations, before []uint32
	for _, table := range now.Tables() {
		old := a.Before.table(table.Name)
		relations, before = append(relations, table.OID), append(before, old.OID)
		for _, sequence := range table.Sequences {
			if !keySequence(table, sequence) {
				continue
			}
			relations, before = append(relations, sequence.OID), append(before, 0)
			if at := slices.IndexFunc(old.Sequences, func(s Sequence) bool { return keySequence(old, s) }); at >= 0 {
				before[len(before)-1] = old.Sequences[at].OID
			}
		}
	}
	for _, history := range now.History {
		if history.Schema == a.History {
			relations, before = append(relations, history.OID), append(before, 0)
		}
	}
	schema := a.History
	if schema == a.Schema {
		schema = "" // it stays
	}
	rows, err := tx.Query(ctx, statement("undo_grants"), relations, before, schema)
	if err != nil {
		return nil, fmt.Errorf("read the grants since the switch: %w", err)
	}
	grants, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the grants since the switch: %w", err)
	}
	return grants, nil
}

// originalDefinitions returns the dependents to recreate. Those that have not changed since the switch get the
// definition from before it.
func (m *mover) originalDefinitions(a adoption, x *exchange) []Dependent {
	dependents := x.recreated()
	for i, dependent := range dependents {
		same := func(d Dependent) bool { return d.Kind == dependent.Kind && d.Identity == dependent.Identity }
		made, before := slices.IndexFunc(a.Remade, same), slices.IndexFunc(a.Before.Dependents, same)
		if made != -1 && before != -1 && a.Remade[made].Create == dependent.Create {
			dependents[i].Create = a.Before.Dependents[before].Create
		}
	}
	return dependents
}
