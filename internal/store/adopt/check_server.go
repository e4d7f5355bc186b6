package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/migrate"
)

// oldestServer is PostgreSQL 14, as server_version_num.
const oldestServer = 140000

// checkServer looks at what concerns the whole database.
func (c *checker) checkServer() {
	s := c.shape.Server
	if s.VersionNum < oldestServer {
		c.blocks("server-version", fmt.Sprintf("PostgreSQL %s is older than 14, the oldest version that this program works with", s.Version))
	}
	if s.Recovery {
		c.blocks("standby", "The server is a standby, which takes no writes: use the address of the primary")
	}
	if s.ReadOnly {
		c.blocks("read-only", "Transactions are read-only here by default (default_transaction_read_only)",
			fmt.Sprintf("ALTER DATABASE %s SET default_transaction_read_only = off", quote(s.Database)))
	}
	switch s.Encoding {
	case "UTF8":
	case "SQL_ASCII":
		c.blocks("encoding", "The database's encoding is SQL_ASCII: PostgreSQL does not know what its bytes mean, and takes texts that are no UTF-8. "+
			"Make a database in UTF8 and restore a dump of this one into it")
	default:
		c.blocks("encoding", fmt.Sprintf("The database's encoding is %s, and this program needs UTF8, because names have letters of all languages: restore a dump of it into a database in UTF8, which converts the text", s.Encoding),
			"CREATE DATABASE new TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'", fmt.Sprintf("-- then, in a shell: pg_dump %s | psql new", quote(s.Database)))
	}
	if !s.ICU && s.Encoding == "UTF8" {
		c.blocks("icu", "The collation und-x-icu is missing, which searches need: a superuser can import it by the statement. Where it is missing afterwards, "+
			"the server was built without ICU: move the database to one that was built with it, as those of the PostgreSQL packages are", migrate.ImportCollations)
	}
	locale := strings.ToLower(s.CType)
	switch {
	case locale == "c" || locale == "posix":
		c.notes("locale", fmt.Sprintf("The database's character type is %s, which knows the upper and lower case of A to Z only: usernames and email addresses with other letters are found in the case in which they were written", s.CType))
	case strings.HasPrefix(locale, "tr") || strings.HasPrefix(locale, "az"):
		c.notes("locale", fmt.Sprintf("The database's character type is %s, in which i and I are different letters: usernames are compared in A to Z first, so that they are not affected", s.CType))
	}
	if schema := c.shape.Schema; schema != "" && s.CurrentSchema != schema {
		c.notes("search-path", fmt.Sprintf("The tables are in schema %s, which is not the first one of the connection's search_path: give the address of the database with it, as in postgres://…?search_path=%s, or set it for the role",
			schema, schema), fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET search_path = %s", quote(c.shape.Role.Name), quote(s.Database), quote(schema)))
	}
}

// checkKinds looks for tables that cannot be exchanged for others.
func (c *checker) checkKinds() {
	for _, table := range c.shape.Tables() {
		name := c.name(table.Name)
		switch table.Kind {
		case "r":
		case "p":
			c.blocks("partitioned", fmt.Sprintf("%s is partitioned: move its rows into an ordinary table of that name first", table.Name))
		case "v", "m":
			c.blocks("view", fmt.Sprintf("%s is a view: give the address of the schema with the table itself by search_path", table.Name))
		default:
			c.blocks("foreign-table", fmt.Sprintf("%s is a foreign table: adopt the database that has the rows", table.Name))
		}
		for _, parent := range table.Parents {
			c.blocks("inherits", fmt.Sprintf("%s inherits from %s", table.Name, parent), fmt.Sprintf("ALTER TABLE %s NO INHERIT %s", name, parent))
		}
		if table.Kind == "r" {
			for _, child := range table.Children {
				c.blocks("inherited", fmt.Sprintf("%s inherits from %s", child, table.Name), fmt.Sprintf("ALTER TABLE %s NO INHERIT %s", child, name))
			}
		}
		if table.Persistence == "u" {
			c.notes("unlogged", fmt.Sprintf("%s is UNLOGGED, so that a crash of the server empties it: the adoption makes it an ordinary table", table.Name))
		}
		if table.RowSecurity && (table.ForceRow || !table.IsOwner) && !c.shape.Role.Superuser {
			c.blocks("row-security", fmt.Sprintf("%s has row security, also for the role %s: this program must see every row", table.Name, c.shape.Role.Name), fmt.Sprintf("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY", name))
		} else if table.RowSecurity {
			c.notes("row-security", fmt.Sprintf("%s has row security, which is kept: let this program always connect as its owner, who sees every row", table.Name))
		}
		for _, publication := range table.Publications {
			c.checkPublication(table, publication)
		}
		if table.Tablespace != "" {
			c.notes("tablespace", fmt.Sprintf("%s is in the tablespace %s, which needs the space for the new form of the tables too", table.Name, table.Tablespace))
		}
	}
}

// checkPublication looks at logical replication: what names the table has to name the one that takes its place.
func (c *checker) checkPublication(table *Table, publication Publication) {
	c.notes("publication", fmt.Sprintf("The publication %s has %s: it is kept, but its subscribers need the new columns and types before the switch, or replication stops there", publication.Name, table.Name))
	if !publication.AllTables && !publication.Schema && !publication.IsOwner {
		c.blocks("publication", fmt.Sprintf("The publication %s names %s, and the role %s may not change it: run the statement, and add the table again after the switch", publication.Name, table.Name, c.shape.Role.Name),
			fmt.Sprintf("ALTER PUBLICATION %s DROP TABLE %s", quote(publication.Name), c.name(table.Name)))
	}
}

// checkAccess looks at what the role may do, and at what it has to give others again.
func (c *checker) checkAccess() {
	role := c.shape.Role
	if !role.CreateSchema {
		c.blocks("create-on-database", fmt.Sprintf("The role %s may not create schemas in the database, which the adoption and the history of migrations need", role.Name),
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
		c.blocks("owner", fmt.Sprintf("The role %s does not have the rights of %s, who owns %s", role.Name, owner, strings.Join(things, ", ")),
			fmt.Sprintf("GRANT %s TO %s", quote(owner), quote(role.Name)))
	}
	if others := slices.DeleteFunc(sorted(owners), func(owner string) bool { return owner == role.Name }); role.Superuser && len(others) > 0 {
		c.notes("superuser", fmt.Sprintf("The role %s is a superuser: its triggers write the tables with all its rights until `finish`, and %s, who may add triggers of their own, could make use of them. "+
			"Prepare the move as the owner of the tables where that role is not trusted like a superuser", role.Name, strings.Join(others, ", ")))
	}
	if len(owners) > 1 {
		c.notes("owners", fmt.Sprintf("The tables have different owners (%s), who keep them", strings.Join(sorted(owners), ", ")))
	}
}

// checkOwners looks whether the owners may own what is made again in their name: unless a superuser gives it to them,
// PostgreSQL asks that they may create objects in the schema.
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
	_, err := c.query(ctx, "look at the rights of owners", `SELECT DISTINCT owner, schema FROM unnest($1::text[], $2::text[]) AS o (owner, schema)
		WHERE NOT has_schema_privilege(owner::name, schema, 'CREATE') ORDER BY 1, 2`, []any{owners, schemas}, func(rows pgx.Rows) error {
		var owner, schema string
		_, err := pgx.ForEachRow(rows, []any{&owner, &schema}, func() error {
			c.blocks("owner-create", fmt.Sprintf("The role %s owns tables, types or views of schema %s, but may not create objects in it, so that it cannot be given those that the switch makes", owner, schema),
				fmt.Sprintf("GRANT CREATE ON SCHEMA %s TO %s", quote(schema), quote(owner)))
			return nil
		})
		return err
	})
	return err
}

// noteGrants says which roles have rights on a table: they keep them.
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
			What: fmt.Sprintf("Roles with rights on %s keep them: %s", table.Name, strings.Join(sorted(grantees), ", "))})
	}
}
