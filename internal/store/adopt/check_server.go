package adopt

import (
	"context"
	"fmt"
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

// checkSessions finds transactions for which every lock would have to wait.
func (c *checker) checkSessions(ctx context.Context) error {
	_, err := c.query(ctx, "look for long transactions", statement("check_sessions"), nil, func(rows pgx.Rows) error {
		for rows.Next() {
			var what, seconds string
			if err := rows.Scan(&what, &seconds); err != nil {
				return err
			}
			c.notes("long-transaction", fmt.Sprintf("%s has had a transaction open for %s: prepare and switch wait for it wherever it holds a lock on the tables", what, seconds))
		}
		return nil
	})
	return err
}
