package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// requiredColumns are columns that must not be null and for which prepare has no replacement value.
var requiredColumns = map[string][]string{
	UsersTable:   {"username", "phone_number", "password_hash"},
	FollowsTable: {"follower_id", "following_id"},
	StatsTable:   {"user_id"},
}

// newColumns are columns that Followgraph adds to a table.
var newColumns = map[string][]string{
	UsersTable: {"cognito_id", "token_version"},
	StatsTable: {"deleted_at"},
}

// checkColumns checks the types of the service's columns, and the columns that the team has added.
func (c *checker) checkColumns(ctx context.Context) error {
	last := steps[len(steps)-1]
	for _, table := range c.shape.Tables() {
		var lengths []string
		for i := range table.Columns {
			column := &table.Columns[i]
			expected, known := last.columns[table.Name][column.Name]
			if !known {
				if err := c.checkOwnColumn(ctx, table, column); err != nil {
					return err
				}
				continue
			}
			switch {
			case expected == letters && column.Type != "character varying":
				lengths = append(lengths, fmt.Sprintf("%s %s", column.Name, column.Type))
			case expected == moment && column.Base == "timestamp without time zone":
				c.notes("naive-time", fmt.Sprintf("%s.%s has no time zone: it becomes timestamp with time zone, and its values are taken as UTC", table.Name, column.Name))
			}
			if slices.Contains(requiredColumns[table.Name], column.Name) && !column.NotNull {
				c.checkNullable(table, column)
			}
		}
		if len(lengths) > 0 {
			c.notes("lengths", fmt.Sprintf("Columns of %s become character varying without a length limit: %s", table.Name, strings.Join(lengths, ", ")))
		}
	}
	return c.checkRole(ctx)
}

// checkNullable reports a required column that may be null.
func (c *checker) checkNullable(table *Table, column *Column) {
	name := c.name(table.Name)
	var sql []string
	switch column.Name {
	case "phone_number":
		// The migrations use the same placeholders: country code 999 is not assigned.
		sql = append(sql, fmt.Sprintf("UPDATE %s SET phone_number = '+999' || lpad(id::text, 12, '0') WHERE phone_number IS NULL", name))
	case "password_hash":
		sql = append(sql, fmt.Sprintf("UPDATE %s SET password_hash = '$2b$12$' || repeat('.', 53) WHERE password_hash IS NULL", name))
	case "username":
		sql = append(sql, fmt.Sprintf("UPDATE %s SET username = 'user-' || id WHERE username IS NULL", name))
	default:
		sql = append(sql, fmt.Sprintf("DELETE FROM %s WHERE %s IS NULL", name, quote(column.Name)))
	}
	check := "ck_" + column.Name + "_given"
	sql = append(sql,
		fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID", name, check, quote(column.Name)),
		fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", name, check),
		fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL, DROP CONSTRAINT %s", name, quote(column.Name), check))
	c.blocks("nullable", fmt.Sprintf("%s.%s may be null, but Followgraph needs a value in every row. Change the service first so that it always writes one, because a row without it will be an error; then run the statements",
		table.Name, column.Name), sql...)
}

// checkOwnColumn checks a column that is not in the service's documentation.
func (c *checker) checkOwnColumn(ctx context.Context, table *Table, column *Column) error {
	if table.Name == UsersTable && column.Name == "cognito_id" {
		return c.checkOwnCognitoID(ctx, column)
	}
	if slices.Contains(newColumns[table.Name], column.Name) {
		c.blocks("own-column-name", fmt.Sprintf("%s.%s is a column of the team, but Followgraph has a column of that name: rename it", table.Name, column.Name),
			fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", c.name(table.Name), quote(column.Name), quote("team_"+column.Name)))
		return nil
	}
	if !column.NotNull || column.Default != nil || column.Identity != "" || column.Generated != "" {
		return nil
	}
	value, how, err := c.defaultFor(ctx, table, column)
	if err != nil {
		return err
	}
	c.blocks("own-column", fmt.Sprintf("%s.%s is a column of the team that is NOT NULL and has no default: Followgraph does not know it and could not add rows. %s", table.Name, column.Name, how),
		fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", c.name(table.Name), quote(column.Name), value))
	return nil
}

// defaultFor suggests a default: the most frequent value, or an expression with a new value for each row if the column
// is unique.
func (c *checker) defaultFor(ctx context.Context, table *Table, column *Column) (value, how string, err error) {
	switch unique := len(table.Unique(column.Name)) > 0; {
	case unique && column.Base == "uuid":
		return "gen_random_uuid()", "The column is unique: the suggested default has a new value for each row", nil
	case unique && slices.Contains([]string{"character varying", "text", "character"}, column.Base):
		return "gen_random_uuid()::text", "The column is unique: the suggested default has a new value for each row", nil
	case column.Base == "timestamp with time zone", column.Base == "timestamp without time zone", column.Base == "date":
		return "now()", "The suggested default is the time at which the row is added", nil
	}
	// At most 100,000 rows, which bounds the time for a large table.
	var literal, share *string
	_, err = c.row(ctx, fmt.Sprintf("find the most frequent value of %s.%s", table.Name, column.Name), fmt.Sprintf(`
		SELECT format('%%L', value) || '::' || $1, round(100.0 * count(*) / sum(count(*)) OVER ())::text
		FROM (SELECT %s::text AS value FROM %s LIMIT 100000) AS sample GROUP BY value ORDER BY count(*) DESC, value LIMIT 1`, quote(column.Name), c.name(table.Name)),
		[]any{column.Type}, &literal, &share)
	switch {
	case err != nil:
		return "", "", err
	case literal != nil:
		return *literal, fmt.Sprintf("The suggested default is the value of %s %% of the rows", *share), nil
	}
	switch column.Base {
	case "boolean":
		value = "false"
	case "smallint", "integer", "bigint", "numeric", "real", "double precision":
		value = "0"
	case "json", "jsonb":
		value = "'{}'"
	case "uuid":
		value = "gen_random_uuid()"
	default:
		value = "''"
	}
	return value, "The table is empty: choose a default that the service can use", nil
}

// checkOwnCognitoID checks a column cognito_id of the team, which prepare keeps as the mapping to Cognito users.
func (c *checker) checkOwnCognitoID(ctx context.Context, column *Column) error {
	if !slices.Contains([]string{"character varying", "text", "character"}, column.Base) {
		c.blocks("own-cognito-id", fmt.Sprintf("users.cognito_id has type %s and becomes character varying, so the service could no longer compare it with %s values: make it a String in the service's model first", column.Type, column.Type),
			fmt.Sprintf("ALTER TABLE %s ALTER COLUMN cognito_id TYPE character varying USING cognito_id::character varying", c.name(UsersTable)))
		return nil
	}
	if column.Generated != "" {
		c.blocks("own-cognito-id", "users.cognito_id is a generated column, but Followgraph must write it",
			fmt.Sprintf("ALTER TABLE %s ALTER COLUMN cognito_id DROP EXPRESSION", c.name(UsersTable)))
		return nil
	}
	var rows, filled int64
	counted, err := c.row(ctx, "count the Cognito ids", fmt.Sprintf(`SELECT count(*), count(nullif(cognito_id::text, '')) FROM %s`, c.name(UsersTable)), nil, &rows, &filled)
	if err != nil || !counted {
		return err
	}
	c.add(Finding{Kind: Notes, Code: "own-cognito-id", Number: filled, What: fmt.Sprintf(
		"users.cognito_id is a column of the team and filled for %d of %d accounts: it is kept as the mapping to Cognito, and the other accounts get generated ids until `followgraph adopt link`", filled, rows)})
	if len(c.shape.Users.Unique("cognito_id")) > 0 {
		return nil
	}
	return c.duplicates(ctx, c.shape.Users, true, "cognito_id")
}

// checkRole compares the enum of roles with that of Followgraph.
func (c *checker) checkRole(ctx context.Context) error {
	enum := c.shape.RoleEnum
	if enum == nil {
		return nil // checkStep reports it
	}
	missing := slices.DeleteFunc(slices.Clone(Roles), func(label string) bool { return slices.Contains(enum.Labels, label) })
	more := slices.DeleteFunc(slices.Clone(enum.Labels), func(label string) bool { return slices.Contains(Roles, label) })
	name := quote(enum.Schema, enum.Name)
	if len(missing) > 0 {
		var sql []string
		for _, label := range missing {
			sql = append(sql, fmt.Sprintf("ALTER TYPE %s ADD VALUE '%s'", name, label))
		}
		c.blocks("role-labels", fmt.Sprintf("The enum %s lacks %s", name, strings.Join(missing, ", ")), sql...)
	}
	if len(more) > 0 {
		c.blocks("role-labels", fmt.Sprintf("The enum %s has labels that Followgraph does not know: %s. Give the accounts with these labels another role, and recreate the type without them",
			name, strings.Join(more, ", ")), append([]string{
			fmt.Sprintf("UPDATE %s SET role = 'END_USER' WHERE role::text IN (%s)", c.name(UsersTable), "'"+strings.Join(more, "', '")+"'")}, c.remakeRole(enum)...)...)
	}
	if len(missing)+len(more) == 0 && !slices.Equal(enum.Labels, Roles) {
		c.blocks("role-labels", fmt.Sprintf("The labels of the enum %s are in another order than %s, which is their sort order", name, strings.Join(Roles, ", ")), c.remakeRole(enum)...)
	}
	if enum.Name != "userrole" || enum.Schema != c.shape.Schema {
		c.notes("role-name", fmt.Sprintf("The enum of roles %s becomes %s. The old name remains as a domain over it for casts of the service until `followgraph adopt finish`",
			name, quote(c.shape.Schema, "userrole")))
		if err := c.checkRoleName(ctx); err != nil {
			return err
		}
	}
	if others := slices.DeleteFunc(slices.Clone(enum.Columns), func(column string) bool { return column == c.shape.Schema+".users.role" }); len(others) > 0 {
		c.add(Finding{Kind: Notes, Code: "role-elsewhere", Number: int64(len(others)), What: "The enum of roles is also the type of other columns, which keep it: " + strings.Join(others, ", ")})
	}
	return nil
}

// remakeRole returns the statements that recreate the enum of roles with the labels of Followgraph.
func (c *checker) remakeRole(enum *Enum) []string {
	name, old := quote(enum.Schema, enum.Name), quote(enum.Schema, enum.Name+"_old")
	statements := []string{
		"BEGIN",
		fmt.Sprintf("ALTER TYPE %s RENAME TO %s", name, quote(enum.Name+"_old")),
		fmt.Sprintf("CREATE TYPE %s AS ENUM ('%s')", name, strings.Join(Roles, "', '")),
		fmt.Sprintf("ALTER TABLE %s ALTER COLUMN role DROP DEFAULT, ALTER COLUMN role TYPE %s USING role::text::%s", c.name(UsersTable), name, name),
	}
	if column := c.shape.Users.Column("role"); column.Default != nil {
		statements = append(statements, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN role SET DEFAULT 'END_USER'", c.name(UsersTable)))
	}
	return append(statements, "DROP TYPE "+old, "COMMIT")
}

// checkRoleName reports another type with the new name of the enum of roles.
func (c *checker) checkRoleName(ctx context.Context) error {
	var kind *string
	counted, err := c.row(ctx, "look for the name userrole", `SELECT max(t.typtype) FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE n.nspname = $1 AND t.typname = 'userrole'`,
		[]any{c.shape.Schema}, &kind)
	if err == nil && counted && kind != nil {
		word := "TYPE"
		if *kind == "d" {
			word = "DOMAIN"
		}
		c.blocks("role-name", fmt.Sprintf("The name %s, which the enum of roles gets, is taken by another type: rename that type", quote(c.shape.Schema, "userrole")),
			fmt.Sprintf("ALTER %s %s RENAME TO team_userrole", word, quote(c.shape.Schema, "userrole")))
	}
	return err
}
