package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/migrate"
)

// The three tables are copied, users too, although a table of users could also be changed where it stands, with further
// columns that a trigger keeps equal and that take the place of the old ones at the end. A copy is the better way:
//
//   - Until the switch, the service's tables have nothing new but triggers. Nothing that reads them sees a difference, no
//     row is written, no trigger of the team's fires, and giving up is dropping the copies.
//   - There is one way to move a table, forward and back, in place of two.
//   - The migrations themselves make the copies, so that they are what a new database has.
//   - The old tables, without their rows, stay as they are: nothing has to be described to have them again.
//
// It costs that foreign keys on users, and whatever depends on the table, are made again at the switch. Most of that
// depends on users.id, and would have to be made again in any case.

// makeNext makes the three tables in their new form, and plans how they are filled.
func makeNext(ctx context.Context, tx pgx.Tx, shape *Shape) ([]job, error) {
	migrations, err := migrate.Statements()
	if err != nil {
		return nil, err
	}
	statements := append([]string{
		`DROP SCHEMA IF EXISTS followgraph_next CASCADE`,
		`CREATE SCHEMA followgraph_next`,
		`SET LOCAL search_path = followgraph_next`,
	}, migrations...)
	statements = append(statements, `SET LOCAL search_path = pg_catalog`)
	if enum := shape.RoleEnum; enum != nil {
		// The type of the old column is that of the new one from the beginning: both tables take the same values.
		role := qualified(enum.Schema, enum.Name)
		statements = append(statements,
			`ALTER TABLE followgraph_next.users ALTER COLUMN role DROP DEFAULT, ALTER COLUMN role TYPE `+role+` USING role::text::`+role,
			`ALTER TABLE followgraph_next.users ALTER COLUMN role SET DEFAULT 'END_USER'`,
			`DROP TYPE followgraph_next.userrole`)
	}
	if err := script(ctx, tx, statements...); err != nil {
		return nil, fmt.Errorf("make the tables in their new form: %w", err)
	}
	var jobs []job
	for _, table := range shape.Tables() {
		j, err := makeTable(ctx, tx, shape, table)
		if err != nil {
			return nil, fmt.Errorf("make %s in its new form: %w", table.Name, err)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// makeTable gives a new table what is the team's own, takes its indexes away until it is filled, and plans the copy.
func makeTable(ctx context.Context, tx pgx.Tx, shape *Shape, old *Table) (job, error) {
	version := shape.Server.VersionNum
	made, err := readTable(ctx, tx, version, nextSchema, old.Name)
	if err != nil {
		return job{}, err
	}
	var statements []string
	for _, column := range old.Columns {
		if made.Column(column.Name) == nil {
			statements = append(statements, `ALTER TABLE `+qualified(nextSchema, old.Name)+` ADD COLUMN `+columnSQL(old, column, nextSchema))
		}
	}
	statements = append(statements, commentsSQL(old)...)
	j := planCopy(old, made)
	for _, index := range made.Indexes {
		if !index.Primary {
			statements = append(statements, `DROP INDEX `+qualified(nextSchema, index.Name))
			j.Build = append(j.Build, index.Definition)
		}
	}
	for _, constraint := range old.Constraints {
		if constraint.Type != "c" || slices.ContainsFunc(made.Constraints, func(c Constraint) bool { return c.Name == constraint.Name }) {
			continue
		}
		statements = append(statements, `ALTER TABLE `+qualified(nextSchema, old.Name)+` ADD CONSTRAINT `+qualified(constraint.Name)+` `+constraint.Definition)
		statements = append(statements, commentSQL(`CONSTRAINT `+qualified(constraint.Name)+` ON `+qualified(nextSchema, old.Name), constraint.Comment)...)
	}
	for _, index := range old.Indexes {
		if !isTeamIndex(index, made) {
			continue
		}
		build, err := moveIndex(ctx, tx, index, old)
		if err != nil {
			return job{}, err
		}
		j.Build = append(j.Build, build...)
	}
	return j, script(ctx, tx, statements...)
}

// columnSQL defines a column of the team's own.
func columnSQL(table *Table, column Column, schema string) string {
	definition := qualified(column.Name) + ` ` + column.Type
	if from, collation, ok := strings.Cut(column.Collation, "."); ok {
		definition += ` COLLATE ` + qualified(from, collation)
	}
	switch {
	case column.Generated != "":
		definition += ` GENERATED ALWAYS AS (` + *column.Default + `) STORED`
	case column.Identity != "":
		word := map[string]string{"a": "ALWAYS", "d": "BY DEFAULT"}[column.Identity]
		definition += ` GENERATED ` + word + ` AS IDENTITY`
		for _, sequence := range table.Sequences {
			if sequence.Identity && sequence.Column == column.Name {
				definition += fmt.Sprintf(` (SEQUENCE NAME %s START %d INCREMENT %d MINVALUE %d MAXVALUE %d CACHE %d)`, qualified(schema, sequence.Name),
					sequence.Start, sequence.Increment, sequence.Min, sequence.Max, sequence.Cache)
			}
		}
	case column.Default != nil:
		definition += ` DEFAULT ` + *column.Default
	}
	if column.NotNull {
		definition += ` NOT NULL`
	}
	return definition
}

// commentsSQL returns the statements that give the new table the comments, and its columns the options, of the old one.
// Autovacuum stays away until the switch: it would hold a lock that the switch has no time to wait for.
func commentsSQL(old *Table) []string {
	table := qualified(nextSchema, old.Name)
	statements := commentSQL(`TABLE `+table, old.Comment)
	for _, column := range old.Columns {
		statements = append(statements, commentSQL(`COLUMN `+table+`.`+qualified(column.Name), column.Comment)...)
		alter := `ALTER TABLE ` + table + ` ALTER COLUMN ` + qualified(column.Name)
		if column.Statistics != nil {
			statements = append(statements, fmt.Sprintf(`%s SET STATISTICS %d`, alter, *column.Statistics))
		}
		if len(column.Options) > 0 {
			statements = append(statements, alter+` SET (`+strings.Join(column.Options, ", ")+`)`)
		}
	}
	if old.Tablespace != "" {
		statements = append(statements, `ALTER TABLE `+table+` SET TABLESPACE `+qualified(old.Tablespace))
	}
	return append(statements, `ALTER TABLE `+table+` SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)`)
}

// optionsSQL returns the statements that take the options of dressSQL back, and give the table those of the old one.
func optionsSQL(old *Table, table string) []string {
	statements := []string{`ALTER TABLE ` + table + ` RESET (autovacuum_enabled, toast.autovacuum_enabled)`}
	options := slices.Clone(old.Options)
	for _, option := range old.ToastOptions {
		options = append(options, "toast."+option)
	}
	if len(options) > 0 {
		statements = append(statements, `ALTER TABLE `+table+` SET (`+strings.Join(options, ", ")+`)`)
	}
	return statements
}

// isTeamIndex reports whether an index of the old table is the team's own. It is not where the new table has one of its name,
// or one that begins with the same columns.
func isTeamIndex(index Index, made *Table) bool {
	if index.Primary || !index.Valid || strings.HasPrefix(index.Name, uniquePrefix) {
		return false
	}
	for _, replacing := range made.Indexes {
		if replacing.Name == index.Name {
			return false
		}
		plain := index.Method == "btree" && index.Predicate == "" && !index.Expressions && len(index.Include) == 0 &&
			replacing.Predicate == "" && !replacing.Expressions
		if !plain {
			continue
		}
		if slices.Equal(index.Keys, replacing.Keys) && (replacing.Unique || !index.Unique) {
			return false
		}
		if !index.Unique && len(index.Keys) <= len(replacing.Keys) && slices.Equal(index.Keys, replacing.Keys[:len(index.Keys)]) {
			return false
		}
	}
	return true
}

// moveIndex returns the statements that make an index of the old table on the new one.
func moveIndex(ctx context.Context, tx pgx.Tx, index Index, old *Table) ([]string, error) {
	if index.Constraint != "" {
		return append([]string{`ALTER TABLE ` + qualified(nextSchema, old.Name) + ` ADD CONSTRAINT ` + qualified(index.Constraint) + ` ` + index.ConstraintDef},
			commentSQL(`CONSTRAINT `+qualified(index.Constraint)+` ON `+qualified(nextSchema, old.Name), index.Comment)...), nil
	}
	// The definition begins as the first format says; what follows names columns alone.
	var definition string
	err := tx.QueryRow(ctx, `SELECT format(f, n, $4::text, t) || substr($1::text, length(format(f, n, s, t)) + 1)
		FROM (SELECT CASE WHEN $5::boolean THEN 'CREATE UNIQUE INDEX %I ON %I.%I' ELSE 'CREATE INDEX %I ON %I.%I' END AS f, $2::text AS n, $3::text AS s, $6::text AS t) AS p`,
		index.Definition, index.Name, old.Schema, nextSchema, index.Unique, old.Name).Scan(&definition)
	if err != nil {
		return nil, err
	}
	return append([]string{definition}, commentSQL(`INDEX `+qualified(nextSchema, index.Name), index.Comment)...), nil
}

// grantsSQL returns the statements that give one relation, and its columns, the grants of another one.
func grantsSQL(ctx context.Context, tx pgx.Tx, from uint32, to string, oid uint32) ([]string, error) {
	rows, err := tx.Query(ctx, statement("exchange_grants"), from, to, oid)
	if err != nil {
		return nil, fmt.Errorf("read the grants: %w", err)
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the grants: %w", err)
	}
	return statements, nil
}
