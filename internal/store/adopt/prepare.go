package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// uniquePrefix begins the names of the unique indexes that prepare makes on the service's tables, where one is missing.
const uniquePrefix = "followgraph_unique_"

// PrepareResult is what prepare did.
type PrepareResult struct {
	Rows     map[string]int64 // rows read, by table
	Repaired int64            // users whose counts were repaired
}

// Prepare makes the service's tables in this program's form beside the ones that are there, and keeps the copies up to
// date. The service notices nothing but triggers. Prepare goes on where an earlier one stopped, and may be run again.
func Prepare(ctx context.Context, url string, options Options) (*PrepareResult, error) {
	m, err := open(ctx, url, options)
	if err != nil {
		return nil, err
	}
	defer m.close(ctx)
	step, a, err := m.state(ctx)
	if err != nil {
		return nil, err
	}
	switch step {
	case StepNone:
		if a, err = m.begin(ctx); err != nil {
			return nil, err
		}
	case StepPreparing, StepPrepared:
		if err := m.unchanged(ctx, a); err != nil {
			return nil, err
		}
	default:
		return nil, wrongStep("prepare", step, a != nil && a.Offline)
	}
	done := &PrepareResult{Rows: map[string]int64{}}
	if err := m.addUnique(ctx, a); err != nil {
		return nil, err
	}
	if err := m.logChanges(ctx, a.Jobs); err != nil {
		return nil, err
	}
	if done.Repaired, err = m.countFollows(ctx, a.Schema); err != nil {
		return nil, err
	}
	for i := range a.Jobs {
		if err := m.run(ctx, &a.Jobs[i]); err != nil {
			return nil, err
		}
	}
	rows, err := m.conn.Query(ctx, `SELECT name, rows FROM followgraph_adoption.copies`)
	if err != nil {
		return nil, fmt.Errorf("read how far the copies are: %w", err)
	}
	var table string
	var count int64
	if _, err := pgx.ForEachRow(rows, []any{&table, &count}, func() error { done.Rows[table] = count; return nil }); err != nil {
		return nil, fmt.Errorf("read how far the copies are: %w", err)
	}
	return done, m.inTransaction(ctx, func(tx pgx.Tx) error { return a.write(ctx, tx, StepPrepared) })
}

// begin reads what there is, and makes all that takes no lock on the service's tables.
func (m *mover) begin(ctx context.Context) (*adoption, error) {
	report, err := Check(ctx, m.conn, CheckOptions{Fast: true})
	if err != nil {
		return nil, err
	}
	if err := report.Blocking(); err != nil {
		return nil, err
	}
	a := &adoption{Schema: report.Shape.Schema, Before: report.Shape, Offline: m.offline}
	if err := checkMovable(a.Before); err != nil {
		return nil, err
	}
	err = m.inTransaction(ctx, func(tx pgx.Tx) error {
		if err := script(ctx, tx, makeState); err != nil {
			return err
		}
		if a.Jobs, err = makeNext(ctx, tx, a.Before); err != nil {
			return err
		}
		for _, j := range a.Jobs {
			statements := append(j.makeLog(), `INSERT INTO followgraph_adoption.copies (name) VALUES (`+literal(j.Table)+`)`)
			if err := script(ctx, tx, statements...); err != nil {
				return err
			}
		}
		return a.write(ctx, tx, StepPreparing)
	})
	if err != nil {
		return nil, fmt.Errorf("begin the adoption: %w", err)
	}
	m.schema = a.Schema
	m.log.InfoContext(ctx, "the adoption begins", "schema", a.Schema)
	return a, nil
}

// checkMovable refuses what this program cannot move, whatever the check said.
func checkMovable(shape *Shape) error {
	for _, versions := range shape.History {
		if len(versions.Versions) > 0 {
			return fmt.Errorf("the database has a migration history, in schema %s: it is one of this program's", versions.Schema)
		}
	}
	if len(shape.Tables()) != 3 {
		return fmt.Errorf("the tables %s, %s and %s have to exist: bring the service's database to its last revision with Alembic", UsersTable, FollowsTable, StatsTable)
	}
	for table, key := range map[*Table]string{shape.Users: "id", shape.Follows: "id", shape.Stats: "user_id"} {
		column := table.Column(key)
		if table.Kind != "r" || len(table.Parents)+len(table.Children) > 0 {
			return fmt.Errorf("table %s is partitioned, or takes part in inheritance", table.Name)
		}
		if column == nil || !column.NotNull || len(table.Unique(key)) == 0 {
			return fmt.Errorf("table %s needs a primary key on %s", table.Name, key)
		}
	}
	return nil
}

// unchanged reports an error where the form of the tables is not what it was when the copies were planned.
func (m *mover) unchanged(ctx context.Context, a *adoption) error {
	return m.inTransaction(ctx, func(tx pgx.Tx) error {
		_, err := currentShape(ctx, tx, a)
		return err
	})
}

// currentShape reads the shape of the tables, which must still have the form for which the copies were made.
func currentShape(ctx context.Context, tx pgx.Tx, a *adoption) (*Shape, error) {
	shape, err := shapeIn(ctx, tx, a.Schema)
	if err != nil {
		return nil, err
	}
	if now, before := describeForm(shape), describeForm(a.Before); now != before {
		return nil, fmt.Errorf("the tables have changed since prepare was begun (%s): run `followgraph adopt undo`, then `followgraph adopt prepare`", difference(before, now))
	}
	return shape, nil
}

// shapeIn reads the shape of the tables in a schema.
func shapeIn(ctx context.Context, tx pgx.Tx, schema string) (*Shape, error) {
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', quote_ident($1::text), true)`, schema); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	shape, err := readShape(ctx, tx)
	if err != nil {
		return nil, err
	}
	if shape.Schema != schema {
		return nil, fmt.Errorf("the tables are no longer in schema %s", schema)
	}
	return shape, nil
}

// describeForm words, line by line, what the copies were made from.
func describeForm(shape *Shape) string {
	var lines []string
	line := func(parts ...any) {
		text, _ := json.Marshal(parts) // strings, numbers and lists of them: it never fails
		lines = append(lines, string(text))
	}
	for _, table := range shape.Tables() {
		line(table.Name, table.Comment, table.Tablespace)
		for _, c := range table.Columns {
			line(table.Name, "column", c.Name, c.Type, c.Collation, c.NotNull, c.Default, c.Identity, c.Generated, c.Comment, c.Statistics, c.Options)
		}
		for _, i := range table.Indexes {
			if !strings.HasPrefix(i.Name, uniquePrefix) {
				line(table.Name, "index", i.Name, i.Definition, i.ConstraintDef, i.Comment)
			}
		}
		for _, c := range table.Constraints {
			if c.Type == "c" {
				line(table.Name, "constraint", c.Name, c.Definition, c.Comment)
			}
		}
	}
	if shape.RoleEnum != nil {
		line("enum", shape.RoleEnum.OID, shape.RoleEnum.Labels)
	}
	return strings.Join(lines, "\n")
}

// difference is the first line that only one of two forms has.
func difference(before, now string) string {
	had, has := strings.Split(before, "\n"), strings.Split(now, "\n")
	for _, line := range has {
		if !slices.Contains(had, line) {
			return "there is " + line
		}
	}
	for _, line := range had {
		if !slices.Contains(has, line) {
			return "there was " + line
		}
	}
	return "in their order"
}

// addUnique makes the unique indexes that the service's tables lack, so that the copies can have theirs. The check has found
// no duplicates, and from here on there are none. An index that a killed build left behind is made again.
func (m *mover) addUnique(ctx context.Context, a *adoption) error {
	for _, wanted := range []struct {
		table   *Table
		columns []string
	}{
		{a.Before.Users, []string{"username"}}, {a.Before.Users, []string{"email"}}, {a.Before.Users, []string{"phone_number"}},
		{a.Before.Follows, []string{"follower_id", "following_id"}},
	} {
		if len(wanted.table.Unique(wanted.columns...)) > 0 {
			continue
		}
		index := uniquePrefix + wanted.table.Name + "_" + wanted.columns[0]
		var valid *bool
		err := m.conn.QueryRow(ctx, `SELECT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1::text))`, qualified(a.Schema, index)).Scan(&valid)
		if err != nil {
			return fmt.Errorf("look for the index %s: %w", index, err)
		}
		if valid != nil && *valid {
			continue
		}
		m.log.InfoContext(ctx, "building a unique index that is missing", "table", wanted.table.Name, "columns", strings.Join(wanted.columns, ", "))
		if valid != nil {
			if _, err := m.conn.Exec(ctx, `DROP INDEX CONCURRENTLY `+qualified(a.Schema, index)); err != nil {
				return fmt.Errorf("drop the incomplete index %s: %w", index, err)
			}
		}
		quoted := make([]string, len(wanted.columns))
		for i, column := range wanted.columns {
			quoted[i] = qualified(column)
		}
		_, err = m.conn.Exec(ctx, `CREATE UNIQUE INDEX CONCURRENTLY `+qualified(index)+` ON `+qualified(a.Schema, wanted.table.Name)+` (`+strings.Join(quoted, ", ")+`)`)
		if err != nil {
			return fmt.Errorf("make %s unique in %s: %w", strings.Join(wanted.columns, ", "), wanted.table.Name, err)
		}
	}
	return nil
}

// logChanges has the tables log their changes. Where a log has not been kept all the time, its copy begins again.
func (m *mover) logChanges(ctx context.Context, jobs []job) error {
	for i := range jobs {
		j := &jobs[i]
		logged, err := m.hasLogTriggers(ctx, j)
		if err != nil {
			return err
		}
		if logged {
			continue
		}
		// The lock waits for every transaction that has written without the triggers.
		err = m.locker.run(ctx, "log the changes of "+j.Table, []string{j.from()}, nil, func(tx pgx.Tx) error {
			if err := m.locker.lock(ctx, tx, "SHARE ROW EXCLUSIVE", []string{j.from()}); err != nil {
				return err
			}
			if err := script(ctx, tx, j.makeTriggers()...); err != nil {
				return err
			}
			return j.restart(ctx, tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// countFollows has the database keep the counts, and repairs those that are wrong.
func (m *mover) countFollows(ctx context.Context, schema string) (int64, error) {
	tables := []string{qualified(schema, FollowsTable), qualified(schema, StatsTable)}
	var counting bool
	err := m.conn.QueryRow(ctx, `SELECT count(DISTINCT t.tgrelid) = 2 FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
		WHERE t.tgrelid IN (to_regclass($1::text), to_regclass($2::text)) AND p.pronamespace = to_regnamespace('followgraph_adoption')
		  AND p.proname IN ('count_follows', 'keep_counts')`, tables[0], tables[1]).Scan(&counting)
	if err != nil {
		return 0, fmt.Errorf("look for the triggers that count: %w", err)
	}
	if !counting {
		err := m.locker.run(ctx, "have the database count follows", tables, nil, func(tx pgx.Tx) error {
			if err := m.locker.lock(ctx, tx, "SHARE ROW EXCLUSIVE", tables); err != nil {
				return err
			}
			return installCounting(ctx, tx, schema)
		})
		if err != nil {
			return 0, err
		}
	}
	return repairCounts(ctx, m.conn, schema, func(done, total int64) {
		m.progress(Progress{What: "repairing counts", Rows: done, Total: total})
	})
}

// hasLogTriggers reports whether the triggers are there that fill the log.
func (m *mover) hasLogTriggers(ctx context.Context, j *job) (logged bool, err error) {
	err = m.conn.QueryRow(ctx, `SELECT count(*) = 2 FROM pg_trigger WHERE tgrelid = $1::text::regclass AND tgname IN ($2::text, $2::text || '_truncate') AND tgenabled = 'A'`,
		j.from(), logTrigger).Scan(&logged)
	if err != nil {
		return false, fmt.Errorf("look for the triggers of %s: %w", j.Table, err)
	}
	return logged, nil
}
