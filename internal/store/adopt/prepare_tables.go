package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/migrate"
)

// Prepare copies all three tables, including users. The alternative for users would be to change the table in place:
// add columns of the new types, keep them equal with a trigger, and swap the columns at the end. A copy is better:
//
//   - Until the switch, the service's tables only gain triggers. Readers see no difference, no row of theirs is
//     written, no trigger of the team fires, and giving up means dropping the copies.
//   - There is one way to move a table, forward and back, instead of two.
//   - The migrations themselves create the copies, so the result equals a new database.
//   - The old tables, without their rows, stay as they are. Undo needs no description of them.
//
// The price: the switch must recreate foreign keys on users and everything else that depends on the table. Most of that
// depends on users.id and would have to be recreated anyway.

// makeNext creates the three tables in their new form and plans how to fill them.
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
	statements = append(statements, `SET LOCAL search_path = pg_catalog`, dropPublication)
	if enum := shape.RoleEnum; enum != nil {
		// The new column has the old column's type from the beginning, so that both tables take the same values.
		role := qualified(enum.Schema, enum.Name)
		statements = append(statements,
			`ALTER TABLE followgraph_next.users ALTER COLUMN role DROP DEFAULT, ALTER COLUMN role TYPE `+role+` USING role::text::`+role,
			`ALTER TABLE followgraph_next.users ALTER COLUMN role SET DEFAULT 'END_USER'`,
			`DROP TYPE followgraph_next.userrole`)
	}
	if err := script(ctx, tx, statements...); err != nil {
		return nil, fmt.Errorf("create the tables in their new form: %w", err)
	}
	var jobs []job
	for _, table := range shape.Tables() {
		j, err := makeTable(ctx, tx, shape, table)
		if err != nil {
			return nil, fmt.Errorf("create %s in its new form: %w", table.Name, err)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// makeTable adds the team's own columns, constraints and comments to a new table, drops its indexes until it is filled,
// and plans the copy.
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

// columnSQL returns the definition of one of the team's own columns.
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

// commentsSQL returns the statements that copy comments and column options from the old table to the new one.
// Autovacuum is off until the switch: it would hold a lock that the switch cannot wait for.
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

// optionsSQL returns the statements that reset the options set by commentsSQL and copy those of the old table.
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

// isTeamIndex reports whether the copy needs an index of the old table. It does not if the new table has an index of
// that name, or one that starts with the same columns.
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

// moveIndex returns the statements that create an index of the old table on the new one.
func moveIndex(ctx context.Context, tx pgx.Tx, index Index, old *Table) ([]string, error) {
	if index.Constraint != "" {
		return append([]string{`ALTER TABLE ` + qualified(nextSchema, old.Name) + ` ADD CONSTRAINT ` + qualified(index.Constraint) + ` ` + index.ConstraintDef},
			commentSQL(`CONSTRAINT `+qualified(index.Constraint)+` ON `+qualified(nextSchema, old.Name), index.Comment)...), nil
	}
	// The definition starts as format f says, with index, schema and table. The rest names columns only.
	var definition string
	err := tx.QueryRow(ctx, `SELECT format(f, n, $4::text, t) || substr($1::text, length(format(f, n, s, t)) + 1)
		FROM (SELECT CASE WHEN $5::boolean THEN 'CREATE UNIQUE INDEX %I ON %I.%I' ELSE 'CREATE INDEX %I ON %I.%I' END AS f, $2::text AS n, $3::text AS s, $6::text AS t) AS p`,
		index.Definition, index.Name, old.Schema, nextSchema, index.Unique, old.Name).Scan(&definition)
	if err != nil {
		return nil, err
	}
	return append([]string{definition}, commentSQL(`INDEX `+qualified(nextSchema, index.Name), index.Comment)...), nil
}

// grantsSQL returns the statements that copy the grants of a relation and its columns to another relation.
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
