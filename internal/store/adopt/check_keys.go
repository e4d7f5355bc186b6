package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"followgraph/internal/wording"
)

// uniqueKeys are the columns that are unique in Followgraph.
var uniqueKeys = []struct {
	table   string
	columns []string
}{
	{UsersTable, []string{"id"}},
	{UsersTable, []string{"username"}},
	{UsersTable, []string{"email"}},
	{UsersTable, []string{"phone_number"}},
	{FollowsTable, []string{"id"}},
	{FollowsTable, []string{"follower_id", "following_id"}},
	{StatsTable, []string{"user_id"}},
}

// checkUnique reports missing unique indexes.
func (c *checker) checkUnique(ctx context.Context) error {
	for _, unique := range uniqueKeys {
		table := c.shape.table(unique.table)
		if table == nil || len(table.Unique(unique.columns...)) > 0 {
			continue
		}
		if err := c.duplicates(ctx, table, false, unique.columns...); err != nil {
			return err
		}
	}
	return nil
}

// duplicates reports whether a missing unique index can be created. If empty is true, empty strings count as missing
// values.
func (c *checker) duplicates(ctx context.Context, table *Table, empty bool, columns ...string) error {
	var quoted, given []string
	for _, column := range columns {
		quoted = append(quoted, quote(column))
		condition := quote(column) + " IS NOT NULL"
		if empty {
			condition += fmt.Sprintf(" AND %s::text <> ''", quote(column))
		}
		given = append(given, condition)
	}
	list := strings.Join(quoted, ", ")
	duplicates := fmt.Sprintf("SELECT %s, count(*) FROM %s WHERE %s GROUP BY %s HAVING count(*) > 1", list, c.name(table.Name), strings.Join(given, " AND "), list)
	var number int64
	counted, err := c.row(ctx, fmt.Sprintf("look for duplicates of %s (%s)", table.Name, strings.Join(columns, ", ")), "SELECT count(*) FROM ("+duplicates+") AS duplicates", nil, &number)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("No unique index over all rows of %s covers (%s)", table.Name, strings.Join(columns, ", "))
	switch {
	case number > 0:
		c.add(Finding{Kind: Blocks, Code: "duplicates", Number: number, SQL: []string{duplicates},
			What: fmt.Sprintf("%s, and %s more than once. The query lists them: keep one row of each", what, occurrences(number))})
	case !counted:
		c.blocks("duplicates", what+", and the search for duplicates took too long: create the index", fmt.Sprintf("CREATE UNIQUE INDEX CONCURRENTLY ON %s (%s)", c.name(table.Name), list))
	default:
		c.add(Finding{Kind: Repairs, Code: "missing-unique", Number: 1, What: what + "; there are no duplicates, so prepare creates it"})
	}
	return nil
}

// checkForeignKeys checks the foreign keys of the team's tables to the service's tables, and constraints of the latter.
func (c *checker) checkForeignKeys() {
	for _, key := range c.shape.Referencing {
		table := quote(key.Schema, key.Table)
		columns := strings.Join(quoteAll(key.Columns), ", ")
		drop := fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", table, quote(key.Name))
		if key.Table != UsersTable && c.shape.table(key.Table) != nil && key.Schema == c.shape.Schema {
			c.blocks("foreign-key", fmt.Sprintf("%s.%s references users, but follows and counts also name Cognito users without an account", key.Table, key.Name), drop)
			continue
		}
		if key.TableKind == "p" || key.Partition {
			c.blocks("foreign-key", fmt.Sprintf("%s is partitioned, and adding a foreign key would lock all its partitions: drop %s before prepare, and add it again after the switch", key.Table, key.Name), drop)
			continue
		}
		reason := map[string]string{
			"a": "refuses deletions of its rows",
			"r": "refuses deletions of its rows",
			"d": "sets a default when a row is deleted, which may name a missing row",
		}[key.OnDelete]
		if key.OnDelete == "n" && key.ColumnsNotNull {
			reason = "sets a column to null when a row is deleted, although it is NOT NULL"
		}
		if reason != "" {
			again := fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE CASCADE NOT VALID", table, quote(key.Name), columns,
				c.name(key.ReferencedTable), strings.Join(quoteAll(key.ReferencedColumn), ", "))
			c.blocks("foreign-key", fmt.Sprintf("%s.%s references %s and %s, but Followgraph deletes accounts and follows: change it to ON DELETE CASCADE, or SET NULL", key.Table, key.Name, key.ReferencedTable, reason),
				"BEGIN", drop, again, "COMMIT", fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", table, quote(key.Name)))
		}
		if !key.Indexed && key.Rows > 10000 {
			c.notes("foreign-key-index", fmt.Sprintf("%s has no index that starts with (%s): each deletion of an account reads all of its %d rows", table, columns, key.Rows),
				fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s)", table, columns))
		}
	}
	for _, table := range c.shape.Tables() {
		for _, constraint := range table.Constraints {
			if constraint.Type == "f" && table.Name != UsersTable && !c.shape.referencesUs(constraint.OID) {
				c.blocks("foreign-key", fmt.Sprintf("%s.%s is a foreign key (%s) that Followgraph does not know, so its writes may violate it", table.Name, constraint.Name, constraint.Definition),
					fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", c.name(table.Name), quote(constraint.Name)))
			}
			if constraint.Type == "c" && !strings.HasPrefix(constraint.Name, "ck_user_follow") {
				c.notes("check", fmt.Sprintf("Rows that Followgraph writes must satisfy %s.%s: %s", table.Name, constraint.Name, constraint.Definition))
			}
			if constraint.Type == "x" {
				c.blocks("exclusion", fmt.Sprintf("%s.%s is an exclusion constraint, which Followgraph does not support", table.Name, constraint.Name),
					fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", c.name(table.Name), quote(constraint.Name)))
			}
		}
	}
}

// referencesUs reports whether the foreign key is among those that reference one of the three tables.
func (s *Shape) referencesUs(oid uint32) bool {
	return slices.ContainsFunc(s.Referencing, func(key ForeignKey) bool { return key.OID == oid })
}

// checkSequences checks that each table takes its ids from its own sequence.
func (c *checker) checkSequences() {
	for _, table := range c.shape.Tables() {
		id := table.Column("id")
		if id == nil || table.Name == StatsTable {
			continue
		}
		var used []Sequence
		for _, sequence := range table.Sequences {
			if sequence.Column == "id" {
				used = append(used, sequence)
			}
		}
		name := c.name(table.Name)
		if len(used) != 1 || id.Default == nil && id.Identity == "" {
			sequence := quote(c.shape.Schema, table.Name+"_id_seq")
			c.blocks("no-sequence", fmt.Sprintf("%s.id has no sequence of its own as its default: if the service calls a sequence itself, make that the default; otherwise create one", table.Name),
				fmt.Sprintf("CREATE SEQUENCE IF NOT EXISTS %s", sequence),
				fmt.Sprintf("SELECT setval('%s', greatest((SELECT last_value FROM %s), (SELECT max(id) FROM %s)))", strings.ReplaceAll(sequence, "'", "''"), sequence, name),
				fmt.Sprintf("ALTER TABLE %s ALTER COLUMN id SET DEFAULT nextval('%s')", name, strings.ReplaceAll(sequence, "'", "''")))
			continue
		}
		sequence := used[0]
		if id.Identity == "a" {
			c.notes("identity-always", fmt.Sprintf("%s.id is GENERATED ALWAYS and becomes GENERATED BY DEFAULT, so that imports can set ids", table.Name))
		}
		if id.Identity == "" && !strings.HasPrefix(*id.Default, "nextval(") {
			c.blocks("id-default", fmt.Sprintf("The default of %s.id is the expression %s, which an identity column cannot have: use the sequence only", table.Name, *id.Default),
				fmt.Sprintf("ALTER TABLE %s ALTER COLUMN id SET DEFAULT nextval('%s')", name, strings.ReplaceAll(quote(sequence.Schema, sequence.Name), "'", "''")))
		}
		if len(sequence.Users) > 0 {
			c.blocks("shared-sequence", fmt.Sprintf("The sequence %s is also the default of %s, but an identity column has its own sequence", sequence.Name, strings.Join(sequence.Users, ", ")),
				fmt.Sprintf("CREATE SEQUENCE %s", quote(c.shape.Schema, table.Name+"_own_id_seq")),
				"BEGIN",
				fmt.Sprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", name),
				fmt.Sprintf("SELECT setval('%s', (SELECT last_value FROM %s))", quote(c.shape.Schema, table.Name+"_own_id_seq"), quote(sequence.Schema, sequence.Name)),
				fmt.Sprintf("ALTER TABLE %s ALTER COLUMN id SET DEFAULT nextval('%s')", name, quote(c.shape.Schema, table.Name+"_own_id_seq")),
				fmt.Sprintf("ALTER SEQUENCE %s OWNED BY NONE", quote(sequence.Schema, sequence.Name)),
				fmt.Sprintf("ALTER SEQUENCE %s OWNED BY %s.id", quote(c.shape.Schema, table.Name+"_own_id_seq"), name),
				"COMMIT")
		}
		if sequence.Increment <= 0 || sequence.Cycle {
			c.blocks("sequence", fmt.Sprintf("The sequence %s counts down or cycles", sequence.Name),
				fmt.Sprintf("ALTER SEQUENCE %s INCREMENT 1 NO CYCLE", quote(sequence.Schema, sequence.Name)))
		}
		if sequence.Name != table.Name+"_id_seq" || sequence.Schema != c.shape.Schema {
			c.notes("sequence-name", fmt.Sprintf("The sequence of %s.id is %s.%s. It keeps its name and grants", table.Name, sequence.Schema, sequence.Name))
		}
	}
}

// occurrences returns "1 value occurs" or "2 values occur".
func occurrences(number int64) string {
	if number == 1 {
		return "1 value occurs"
	}
	return wording.Count(number, "value") + " occur"
}
