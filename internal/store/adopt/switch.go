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

// SwitchResult is what switch did.
type SwitchResult struct {
	Locked time.Duration // how long the tables were locked
	// SelfFollows is the number of self-follows: Followgraph has none, and undo restores them.
	SelfFollows int64
	Already     bool // the tables had been switched before
}

// Switch replaces the service's tables with the prepared ones and records the migration history, in one transaction. If
// an earlier Switch was interrupted after that transaction, Switch does the rest.
func Switch(ctx context.Context, url string, options Options) (*SwitchResult, error) {
	m, err := open(ctx, url, options)
	if err != nil {
		return nil, err
	}
	defer m.close(ctx)
	step, a, err := m.state(ctx)
	if err != nil {
		return nil, err
	}
	done := &SwitchResult{Already: step == StepSwitched}
	switch step {
	case StepPrepared:
		if done.Locked, err = m.switchOver(ctx, a); err != nil {
			return nil, err
		}
		if _, a, err = m.state(ctx); err != nil {
			return nil, err
		}
	case StepSwitched:
	default:
		return nil, wrongStep("switch", step, a != nil && a.Offline)
	}
	if err := m.validate(ctx, a); err != nil {
		return nil, err
	}
	if done.SelfFollows, err = m.afterSwitch(ctx, a); err != nil {
		return nil, err
	}
	return done, nil
}

func (m *mover) switchOver(ctx context.Context, a *adoption) (time.Duration, error) {
	if err := m.unchanged(ctx, a); err != nil {
		return 0, err
	}
	var err error
	if a.History, err = migrate.HistorySchema(ctx, m.conn, a.Schema); err != nil {
		return 0, err
	}
	for {
		for i := range a.Jobs {
			if logged, err := m.hasLogTriggers(ctx, &a.Jobs[i]); err != nil || !logged {
				return 0, errors.Join(err, fmt.Errorf("the triggers that log changes of %s are gone: run `followgraph adopt prepare` again", a.Jobs[i].Table))
			}
		}
		took, err := m.exchange(ctx, a, beforeSchema, nextSchema, a.Jobs, func(tx pgx.Tx, x *exchange) error { return m.forward(ctx, tx, *a, x) })
		if !errors.Is(err, errTruncated) && !errors.Is(err, errChanged) {
			return took, err
		}
		if err := m.unchanged(ctx, a); err != nil {
			return 0, err
		}
	}
}

// forward does the part of a switch that runs under the locks.
func (m *mover) forward(ctx context.Context, tx pgx.Tx, a adoption, x *exchange) error {
	if now, before := describeForm(x.shape), describeForm(a.Before); now != before {
		return errChanged
	}
	a.Before = x.shape
	if err := removeTriggers(ctx, tx, a.Schema); err != nil {
		return err
	}
	statements, err := x.copyOwnership(ctx, tx)
	if err != nil {
		return err
	}
	statements = append(statements, x.swap(a.Jobs, renameEnum(x.shape))...)
	for _, table := range x.shape.Tables() {
		statements = append(statements, finishTable(table)...)
	}
	for _, dependent := range x.shape.Dependents {
		if x.ours[object{dependent.ClassID, dependent.OID}] {
			statements = append(append(statements, dependent.Create), dependent.Restore...)
		}
	}
	around, references := x.recreate(x.recreated())
	statements = append(statements, around...)
	if err := script(ctx, tx, statements...); err != nil {
		return err
	}
	if a.Renamed, err = moveSequences(ctx, tx, x.shape); err != nil {
		return err
	}
	if err := installCounting(ctx, tx, a.Schema); err != nil {
		return err
	}
	if err := installAccounts(ctx, tx, a.Schema); err != nil {
		return err
	}
	if err := publish(ctx, tx, a.Schema); err != nil {
		return err
	}
	if err := migrate.Record(ctx, tx, a.History); err != nil {
		return err
	}
	a.Unvalidated = references
	a.Remade = nil
	return a.write(ctx, tx, StepSwitched)
}

// finishTable returns the statements that add the properties which a new table cannot have during the copy: storage
// options, row security, replica identity and triggers.
func finishTable(old *Table) []string {
	table := qualified(old.Schema, old.Name)
	statements := optionsSQL(old, table)
	if old.RowSecurity {
		statements = append(statements, `ALTER TABLE `+table+` ENABLE ROW LEVEL SECURITY`)
	}
	if old.ForceRow {
		statements = append(statements, `ALTER TABLE `+table+` FORCE ROW LEVEL SECURITY`)
	}
	switch identity := old.ReplicaIdentity; {
	case old.Name == FollowsTable: // FULL, by the migrations
	case identity == "f":
		statements = append(statements, `ALTER TABLE `+table+` REPLICA IDENTITY FULL`)
	case identity == "n":
		statements = append(statements, `ALTER TABLE `+table+` REPLICA IDENTITY NOTHING`)
	case identity == "i":
		statements = append(statements, replicaSQL(old, table))
	}
	for _, trigger := range old.Triggers {
		if strings.HasPrefix(trigger.Function, Schema+".") {
			continue
		}
		statements = append(append(statements, trigger.Definition), commentSQL(`TRIGGER `+qualified(trigger.Name)+` ON `+table, trigger.Comment)...)
		statements = append(statements, enableSQL(table, trigger)...)
	}
	return statements
}

// enableSQL returns the statement that makes a new trigger fire in the same sessions as the old one.
func enableSQL(table string, trigger Trigger) []string {
	how := map[string]string{"D": "DISABLE TRIGGER ", "R": "ENABLE REPLICA TRIGGER ", "A": "ENABLE ALWAYS TRIGGER "}[trigger.Enabled]
	if how == "" {
		return nil // the default of a new trigger
	}
	return []string{`ALTER TABLE ` + table + ` ` + how + qualified(trigger.Name)}
}

// replicaSQL returns the statement that sets the replica identity of a table to the unique index over the same columns
// as before. The name of that index may differ.
func replicaSQL(old *Table, table string) string {
	at := slices.IndexFunc(old.Indexes, func(i Index) bool { return i.Replica })
	if at == -1 {
		return `ALTER TABLE ` + table + ` REPLICA IDENTITY DEFAULT`
	}
	columns := make([]string, len(old.Indexes[at].Keys))
	for i, column := range old.Indexes[at].Keys {
		columns[i] = literal(column)
	}
	return `DO $followgraph$ BEGIN EXECUTE (
  SELECT format('ALTER TABLE ` + strings.ReplaceAll(strings.ReplaceAll(table, `%`, `%%`), `'`, `''`) + ` REPLICA IDENTITY USING INDEX %I', c.relname)
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
  WHERE i.indrelid = ` + literal(table) + `::regclass AND i.indisunique AND i.indimmediate AND i.indpred IS NULL AND i.indnkeyatts = ` + fmt.Sprint(len(columns)) + `
    AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) =
      (SELECT array_agg(c ORDER BY c) FROM unnest(ARRAY[` + strings.Join(columns, ", ") + `]) AS c)
  ORDER BY c.relname LIMIT 1); END $followgraph$`
}

// afterSwitch does the part of a switch that needs no lock: it saves the self-follows for undo and empties the old
// tables. It returns the number of self-follows.
func (m *mover) afterSwitch(ctx context.Context, a *adoption) (count int64, err error) {
	err = m.inTransaction(ctx, func(tx pgx.Tx) error {
		follows := a.Before.Follows
		created := "NULL"
		if column := follows.Column("created_at"); column != nil {
			created = instant(*column)
		}
		_, err := tx.Exec(ctx, `INSERT INTO followgraph_adoption.self_follows (id, follower_id, created_at)
			SELECT o.id, o.follower_id, `+created+` FROM `+qualified(beforeSchema, FollowsTable)+` AS o WHERE o.follower_id = o.following_id ON CONFLICT DO NOTHING`)
		if err != nil {
			return fmt.Errorf("save the self-follows: %w", err)
		}
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM followgraph_adoption.self_follows`).Scan(&count); err != nil {
			return fmt.Errorf("count the self-follows: %w", err)
		}
		statements := []string{`TRUNCATE ` + qualified(beforeSchema, UsersTable) + `, ` + qualified(beforeSchema, FollowsTable) + `, ` + qualified(beforeSchema, StatsTable),
			`DROP SCHEMA IF EXISTS ` + nextSchema + ` CASCADE`}
		for _, j := range a.Jobs {
			statements = append(statements, `DROP TABLE IF EXISTS `+j.log(), `DROP FUNCTION IF EXISTS `+qualified(Schema, "log_"+j.Table)+`()`)
		}
		if err := script(ctx, tx, statements...); err != nil {
			return fmt.Errorf("empty the old tables: %w", err)
		}
		// Undo compares the current definitions with these. It restores the old definition of each object that the team
		// has not changed.
		shape, err := shapeIn(ctx, tx, a.Schema)
		if err != nil {
			return err
		}
		if a.Remade == nil {
			a.Remade = append([]Dependent{}, shape.Dependents...)
		}
		return a.write(ctx, tx, StepSwitched)
	})
	return count, err
}
