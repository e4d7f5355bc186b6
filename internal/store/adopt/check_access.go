package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// readable reports whether the role may read the three tables, and adds a finding for each that it may not read.
func (c *checker) readable() bool {
	readable := true
	for _, table := range c.shape.Tables() {
		if !table.Readable {
			readable = false
			c.blocks("not-readable", fmt.Sprintf("The role %s may not read %s.%s; nothing else was checked", c.shape.Role.Name, table.Schema, table.Name),
				fmt.Sprintf("GRANT SELECT ON %s TO %s", c.name(table.Name), quote(c.shape.Role.Name)))
		}
	}
	return readable
}

// checkAccess checks the privileges of the role and the ownership of the objects that the switch recreates.
func (c *checker) checkAccess() {
	role := c.shape.Role
	if !role.CreateSchema {
		c.blocks("create-on-database", fmt.Sprintf("The role %s may not create schemas in the database, which the adoption and the migration history need", role.Name),
			fmt.Sprintf("GRANT CREATE ON DATABASE %s TO %s", quote(c.shape.Server.Database), quote(role.Name)))
	}
	if at := slices.IndexFunc(c.shape.Candidates, func(x Candidate) bool { return x.Schema == c.shape.Schema }); at >= 0 && !c.shape.Candidates[at].Create {
		c.blocks("create-on-schema", fmt.Sprintf("The role %s may not create objects in the schema %s", role.Name, c.shape.Schema),
			fmt.Sprintf("GRANT USAGE, CREATE ON SCHEMA %s TO %s", quote(c.shape.Schema), quote(role.Name)))
	}
	foreign := map[string][]string{}
	own := func(what, owner string, isOwner bool) {
		if !isOwner {
			foreign[owner] = append(foreign[owner], what)
		}
	}
	owners := map[string]bool{}
	for _, table := range c.shape.Tables() {
		owners[table.Owner] = true
		own(table.Name, table.Owner, table.IsOwner)
		for _, sequence := range table.Sequences {
			own("sequence "+sequence.Name, sequence.Owner, sequence.IsOwner)
		}
		c.noteGrants(table)
	}
	if enum := c.shape.RoleEnum; enum != nil {
		own("type "+enum.Name, enum.Owner, enum.IsOwner)
	}
	for _, key := range c.shape.Referencing {
		own(key.Schema+"."+key.Table, key.TableOwner, key.IsOwner)
	}
	for _, dependent := range c.shape.Dependents {
		if dependent.Owner != "" {
			own(dependent.Kind+" "+dependent.Identity, dependent.Owner, dependent.IsOwner)
		}
	}
	for _, owner := range sorted(foreign) {
		things := slices.Compact(foreign[owner])
		c.blocks("owner", fmt.Sprintf("The role %s does not have the privileges of %s, which owns %s", role.Name, owner, strings.Join(things, ", ")),
			fmt.Sprintf("GRANT %s TO %s", quote(owner), quote(role.Name)))
	}
	if others := slices.DeleteFunc(sorted(owners), func(owner string) bool { return owner == role.Name }); role.Superuser && len(others) > 0 {
		c.notes("superuser", fmt.Sprintf("The role %s is a superuser. Until `finish`, the triggers of the adoption run with its privileges, and %s could abuse them with triggers of their own. "+
			"Run the steps as the owner of the tables unless you trust that role like a superuser", role.Name, strings.Join(others, ", ")))
	}
	if len(owners) > 1 {
		c.notes("owners", fmt.Sprintf("The tables have different owners (%s), which keep them", strings.Join(sorted(owners), ", ")))
	}
}

// checkOwners checks that the owners may own the objects that the switch creates for them. PostgreSQL requires CREATE
// on the schema for a new owner, unless a superuser sets it.
func (c *checker) checkOwners(ctx context.Context) error {
	if c.shape.Role.Superuser {
		return nil
	}
	var owners, schemas []string
	add := func(owner, schema string) {
		if owner != "" && owner != c.shape.Role.Name {
			owners, schemas = append(owners, owner), append(schemas, schema)
		}
	}
	for _, table := range c.shape.Tables() {
		add(table.Owner, table.Schema)
	}
	if enum := c.shape.RoleEnum; enum != nil {
		add(enum.Owner, enum.Schema)
	}
	for _, dependent := range c.shape.Dependents {
		add(dependent.Owner, dependent.Schema)
	}
	_, err := c.query(ctx, "read the privileges of the owners", `SELECT DISTINCT owner, schema FROM unnest($1::text[], $2::text[]) AS o (owner, schema)
		WHERE NOT has_schema_privilege(owner::name, schema, 'CREATE') ORDER BY 1, 2`, []any{owners, schemas}, func(rows pgx.Rows) error {
		var owner, schema string
		_, err := pgx.ForEachRow(rows, []any{&owner, &schema}, func() error {
			c.blocks("owner-create", fmt.Sprintf("The role %s owns tables, types or views of schema %s but may not create objects in it, so the switch cannot make it the owner of the new ones", owner, schema),
				fmt.Sprintf("GRANT CREATE ON SCHEMA %s TO %s", quote(schema), quote(owner)))
			return nil
		})
		return err
	})
	return err
}

// noteGrants notes the roles with privileges on a table.
func (c *checker) noteGrants(table *Table) {
	grantees := map[string]bool{}
	acls := slices.Clone(table.ACL)
	for _, column := range table.Columns {
		acls = append(acls, column.ACL...)
	}
	for _, item := range acls {
		// An item is grantee=privileges/grantor, with an empty grantee for PUBLIC.
		grantee, _, _ := strings.Cut(item, "=")
		grantee = strings.Trim(grantee, `"`)
		switch grantee {
		case table.Owner:
		case "":
			grantees["PUBLIC"] = true
		default:
			grantees[grantee] = true
		}
	}
	if len(grantees) > 0 {
		c.add(Finding{Kind: Notes, Code: "grants", Number: int64(len(grantees)),
			What: fmt.Sprintf("Roles with privileges on %s keep them: %s", table.Name, strings.Join(sorted(grantees), ", "))})
	}
}
