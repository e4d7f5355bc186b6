package adopt

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/migrate"
)

// oldestServer is PostgreSQL 14, as server_version_num.
const oldestServer = 140000

// checkServer checks the server and the settings of the database.
func (c *checker) checkServer() {
	s := c.shape.Server
	if s.VersionNum < oldestServer {
		c.blocks("server-version", fmt.Sprintf("PostgreSQL %s is too old: Followgraph needs version 14 or later", s.Version))
	}
	if s.Recovery {
		c.blocks("standby", "The server is a standby, which is read-only: use the address of the primary")
	}
	if s.ReadOnly {
		c.blocks("read-only", "Transactions of this database are read-only by default (default_transaction_read_only)",
			fmt.Sprintf("ALTER DATABASE %s SET default_transaction_read_only = off", quote(s.Database)))
	}
	switch s.Encoding {
	case "UTF8":
	case "SQL_ASCII":
		c.blocks("encoding", "The database's encoding is SQL_ASCII: PostgreSQL accepts any bytes, also text that is not UTF-8. "+
			"Create a database in UTF8 and restore a dump of this one into it")
	default:
		c.blocks("encoding", fmt.Sprintf("The database's encoding is %s, but Followgraph needs UTF8 for names in all languages: restore a dump into a database in UTF8, which converts the text", s.Encoding),
			"CREATE DATABASE new TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'", fmt.Sprintf("-- then, in a shell: pg_dump %s | psql new", quote(s.Database)))
	}
	if !s.ICU && s.Encoding == "UTF8" {
		c.blocks("icu", "Searches need the collation und-x-icu, which is missing: run the statement as a superuser. If it is still missing, "+
			"the server was built without ICU: move the database to a server with ICU, such as one of the PostgreSQL packages", migrate.ImportCollations)
	}
	if schema := c.shape.Schema; schema != "" && s.CurrentSchema != schema {
		c.notes("search-path", fmt.Sprintf("The tables are in schema %s, which is not the first one of the connection's search_path: set search_path in the database URL, as in postgres://…?search_path=%s, or for the role",
			schema, schema), fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET search_path = %s", quote(c.shape.Role.Name), quote(s.Database), quote(schema)))
	}
}

// checkKinds reports tables that the switch cannot replace.
func (c *checker) checkKinds() {
	for _, table := range c.shape.Tables() {
		name := c.name(table.Name)
		switch table.Kind {
		case "r":
		case "p":
			c.blocks("partitioned", fmt.Sprintf("%s is partitioned: move its rows into an ordinary table of that name first", table.Name))
		case "v", "m":
			c.blocks("view", fmt.Sprintf("%s is a view: set search_path in the database URL to the schema of the table itself", table.Name))
		default:
			c.blocks("foreign-table", fmt.Sprintf("%s is a foreign table: adopt the database that stores its rows", table.Name))
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
			c.notes("unlogged", fmt.Sprintf("%s is UNLOGGED, so a crash of the server empties it. The switch makes it an ordinary table", table.Name))
		}
		if table.RowSecurity && (table.ForceRow || !table.IsOwner) && !c.shape.Role.Superuser {
			c.blocks("row-security", fmt.Sprintf("%s has row security that applies to the role %s, but Followgraph must see all rows", table.Name, c.shape.Role.Name), fmt.Sprintf("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY", name))
		} else if table.RowSecurity {
			c.notes("row-security", fmt.Sprintf("%s has row security, which is kept: Followgraph must always connect as the owner, who sees all rows", table.Name))
		}
		for _, publication := range table.Publications {
			c.checkPublication(table, publication)
		}
		if table.Tablespace != "" {
			c.notes("tablespace", fmt.Sprintf("%s is in the tablespace %s, which also needs space for its copy", table.Name, table.Tablespace))
		}
	}
}

// checkPublication checks a publication: the switch must replace the table in it.
func (c *checker) checkPublication(table *Table, publication Publication) {
	c.notes("publication", fmt.Sprintf("The publication %s contains %s. It is kept, but its subscribers need the new columns and types before the switch; otherwise replication stops", publication.Name, table.Name))
	if !publication.AllTables && !publication.Schema && !publication.IsOwner {
		c.blocks("publication", fmt.Sprintf("The publication %s contains %s, and the role %s may not change it: run the statement, and add the table again after the switch", publication.Name, table.Name, c.shape.Role.Name),
			fmt.Sprintf("ALTER PUBLICATION %s DROP TABLE %s", quote(publication.Name), c.name(table.Name)))
	}
}

// checkSessions notes long transactions, for which prepare and switch have to wait.
func (c *checker) checkSessions(ctx context.Context) error {
	_, err := c.query(ctx, "look for long transactions", statement("check_sessions"), nil, func(rows pgx.Rows) error {
		for rows.Next() {
			var what, seconds string
			if err := rows.Scan(&what, &seconds); err != nil {
				return err
			}
			c.notes("long-transaction", fmt.Sprintf("%s has had a transaction open for %s: prepare and switch wait for it if it holds a lock on the tables", what, seconds))
		}
		return nil
	})
	return err
}
