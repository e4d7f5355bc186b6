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
	// SelfFollows are the follows of oneself, which this program does not have; undo puts them back.
	SelfFollows int64
	Already     bool // the tables had been switched before
}

// Switch puts the prepared tables in the place of the service's, and records the history of migrations, in one
// transaction. Where it was interrupted after that, it does the rest.
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

// forward does what follows the locks of a switch.
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
	if err := migrate.Record(ctx, tx, a.History); err != nil {
		return err
	}
	a.Unvalidated = references
	a.Remade = nil
	return a.write(ctx, tx, StepSwitched)
}

// finishTable returns the statements that give a table that has come into place what would have been in the way while it was
// filled.
func finishTable(old *Table) []string {
	table := qualified(old.Schema, old.Name)
	statements := optionsSQL(old, table)
	if old.RowSecurity {
		statements = append(statements, `ALTER TABLE `+table+` ENABLE ROW LEVEL SECURITY`)
	}
	if old.ForceRow {
		statements = append(statements, `ALTER TABLE `+table+` FORCE ROW LEVEL SECURITY`)
	}
	switch old.ReplicaIdentity {
	case "f":
		statements = append(statements, `ALTER TABLE `+table+` REPLICA IDENTITY FULL`)
	case "n":
		statements = append(statements, `ALTER TABLE `+table+` REPLICA IDENTITY NOTHING`)
	case "i":
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

// enableSQL returns the statement that has a new trigger fire when the old one does.
func enableSQL(table string, trigger Trigger) []string {
	how := map[string]string{"D": "DISABLE TRIGGER ", "R": "ENABLE REPLICA TRIGGER ", "A": "ENABLE ALWAYS TRIGGER "}[trigger.Enabled]
	if how == "" {
		return nil // fires when a new one does
	}
	return []string{`ALTER TABLE ` + table + ` ` + how + qualified(trigger.Name)}
}

// replicaSQL returns the statement that has the table's rows identified, for logical replication, by the unique index over
// the same columns as before, whatever its name is.
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

// afterSwitch does what needs no lock: it keeps the follows of oneself for undo, and empties the old tables. It returns
// how many such follows there were.
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
			return fmt.Errorf("keep the follows of oneself: %w", err)
		}
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM followgraph_adoption.self_follows`).Scan(&count); err != nil {
			return fmt.Errorf("count the follows of oneself: %w", err)
		}
		statements := []string{`TRUNCATE ` + qualified(beforeSchema, UsersTable) + `, ` + qualified(beforeSchema, FollowsTable) + `, ` + qualified(beforeSchema, StatsTable),
			`DROP SCHEMA IF EXISTS ` + nextSchema + ` CASCADE`}
		for _, j := range a.Jobs {
			statements = append(statements, `DROP TABLE IF EXISTS `+j.log(), `DROP FUNCTION IF EXISTS `+qualified(Schema, "log_"+j.Table)+`()`)
		}
		if err := script(ctx, tx, statements...); err != nil {
			return fmt.Errorf("empty the old tables: %w", err)
		}
		// For undo: what the team has not changed since gets its old definition.
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
