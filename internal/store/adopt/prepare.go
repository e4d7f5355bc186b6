package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// uniquePrefix is the prefix of the unique indexes that prepare creates on the service's tables if they are missing.
const uniquePrefix = "followgraph_unique_"

// PrepareResult is what prepare did.
type PrepareResult struct {
	Rows     map[string]int64 // rows read, by table
	Repaired int64            // users whose counts were repaired
}

// Prepare creates copies of the service's tables in the form of Followgraph and starts to log the changes of the
// originals. The service's tables get triggers, and nothing else changes for the service. Prepare continues where an
// earlier one stopped. Run again, it brings the copies up to date.
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
		return nil, fmt.Errorf("read the progress of the copies: %w", err)
	}
	var table string
	var count int64
	if _, err := pgx.ForEachRow(rows, []any{&table, &count}, func() error { done.Rows[table] = count; return nil }); err != nil {
		return nil, fmt.Errorf("read the progress of the copies: %w", err)
	}
	return done, m.inTransaction(ctx, func(tx pgx.Tx) error { return a.write(ctx, tx, StepPrepared) })
}

// begin checks the database and creates all objects that need no lock on the service's tables.
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
		return nil, fmt.Errorf("start the adoption: %w", err)
	}
	m.schema = a.Schema
	m.log.InfoContext(ctx, "the adoption has started", "schema", a.Schema)
	return a, nil
}

// checkMovable returns an error for tables that cannot be moved. It repeats what the check finds, because a move of
// such tables would lose rows.
func checkMovable(shape *Shape) error {
	for _, versions := range shape.History {
		if len(versions.Versions) > 0 {
			return fmt.Errorf("the database has a migration history in schema %s, so it is a Followgraph database already", versions.Schema)
		}
	}
	if len(shape.Tables()) != 3 {
		return fmt.Errorf("the tables %s, %s and %s must exist: upgrade the service's database to its last revision with Alembic", UsersTable, FollowsTable, StatsTable)
	}
	for table, key := range map[*Table]string{shape.Users: "id", shape.Follows: "id", shape.Stats: "user_id"} {
		column := table.Column(key)
		if table.Kind != "r" || len(table.Parents)+len(table.Children) > 0 {
			return fmt.Errorf("table %s is partitioned or part of an inheritance tree", table.Name)
		}
		if column == nil || !column.NotNull || len(table.Unique(key)) == 0 {
			return fmt.Errorf("table %s needs a primary key on %s", table.Name, key)
		}
	}
	return nil
}

// unchanged returns an error if the tables have been altered since the copies were planned.
func (m *mover) unchanged(ctx context.Context, a *adoption) error {
	return m.inTransaction(ctx, func(tx pgx.Tx) error {
		_, err := currentShape(ctx, tx, a)
		return err
	})
}

// currentShape reads the shape of the tables. It returns an error if they no longer have the form that the copies were
// planned for.
func currentShape(ctx context.Context, tx pgx.Tx, a *adoption) (*Shape, error) {
	shape, err := shapeIn(ctx, tx, a.Schema)
	if err != nil {
		return nil, err
	}
	if now, before := describeForm(shape), describeForm(a.Before); now != before {
		return nil, fmt.Errorf("the tables were altered after prepare started (%s): run `followgraph adopt undo`, then `followgraph adopt prepare`", difference(before, now))
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

// describeForm returns one line for each property of the tables that the copies depend on.
func describeForm(shape *Shape) string {
	var lines []string
	line := func(parts ...any) {
		text, _ := json.Marshal(parts) // never fails for strings, numbers and lists of them
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

// difference describes the first line that only one of two forms has.
func difference(before, now string) string {
	had, has := strings.Split(before, "\n"), strings.Split(now, "\n")
	for _, line := range has {
		if !slices.Contains(had, line) {
			return "added: " + line
		}
	}
	for _, line := range had {
		if !slices.Contains(has, line) {
			return "removed: " + line
		}
	}
	return "order of columns"
}

// addUnique creates the unique indexes that the service's tables lack. The check has found no duplicates, and the
// indexes prevent new ones until the copies have unique indexes. An invalid index of an interrupted build is created
// again.
func (m *mover) addUnique(ctx context.Context, a *adoption) error {
	for _, unique := range []struct {
		table   *Table
		columns []string
	}{
		{a.Before.Users, []string{"username"}}, {a.Before.Users, []string{"email"}}, {a.Before.Users, []string{"phone_number"}},
		{a.Before.Follows, []string{"follower_id", "following_id"}},
	} {
		if len(unique.table.Unique(unique.columns...)) > 0 {
			continue
		}
		index := uniquePrefix + unique.table.Name + "_" + unique.columns[0]
		var valid *bool
		err := m.conn.QueryRow(ctx, `SELECT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1::text))`, qualified(a.Schema, index)).Scan(&valid)
		if err != nil {
			return fmt.Errorf("look for the index %s: %w", index, err)
		}
		if valid != nil && *valid {
			continue
		}
		m.log.InfoContext(ctx, "creating a missing unique index", "table", unique.table.Name, "columns", strings.Join(unique.columns, ", "))
		if valid != nil {
			if _, err := m.conn.Exec(ctx, `DROP INDEX CONCURRENTLY `+qualified(a.Schema, index)); err != nil {
				return fmt.Errorf("drop the incomplete index %s: %w", index, err)
			}
		}
		quoted := make([]string, len(unique.columns))
		for i, column := range unique.columns {
			quoted[i] = qualified(column)
		}
		_, err = m.conn.Exec(ctx, `CREATE UNIQUE INDEX CONCURRENTLY `+qualified(index)+` ON `+qualified(a.Schema, unique.table.Name)+` (`+strings.Join(quoted, ", ")+`)`)
		if err != nil {
			return fmt.Errorf("make %s unique in %s: %w", strings.Join(unique.columns, ", "), unique.table.Name, err)
		}
	}
	return nil
}

// logChanges creates the triggers that log the changes of the tables. A copy whose log has a gap starts from the
// beginning.
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
		// This lock waits for all transactions that have written to the table without the triggers.
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

// countFollows installs the triggers that keep the counts, and repairs counts that are wrong.
func (m *mover) countFollows(ctx context.Context, schema string) (int64, error) {
	tables := []string{qualified(schema, FollowsTable), qualified(schema, StatsTable)}
	var counting bool
	err := m.conn.QueryRow(ctx, `SELECT count(DISTINCT t.tgrelid) = 2 FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
		WHERE t.tgrelid IN (to_regclass($1::text), to_regclass($2::text)) AND p.pronamespace = to_regnamespace('followgraph_adoption')
		  AND p.proname IN ('count_follows', 'keep_counts')`, tables[0], tables[1]).Scan(&counting)
	if err != nil {
		return 0, fmt.Errorf("look for the counting triggers: %w", err)
	}
	if !counting {
		err := m.locker.run(ctx, "install the counting triggers", tables, nil, func(tx pgx.Tx) error {
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

// hasLogTriggers reports whether the triggers that fill the log exist.
func (m *mover) hasLogTriggers(ctx context.Context, j *job) (logged bool, err error) {
	err = m.conn.QueryRow(ctx, `SELECT count(*) = 2 FROM pg_trigger WHERE tgrelid = $1::text::regclass AND tgname IN ($2::text, $2::text || '_truncate') AND tgenabled = 'A'`,
		j.from(), logTrigger).Scan(&logged)
	if err != nil {
		return false, fmt.Errorf("look for the triggers of %s: %w", j.Table, err)
	}
	return logged, nil
}
