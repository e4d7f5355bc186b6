package changes

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// Publication is the publication that the stream reads. A migration creates it.
const Publication = "followgraph"

// published returns the tables of the publication with their columns, as CREATE and ALTER PUBLICATION list them.
// user_follows has no list of columns, because its replica identity is the whole row, which a list would have to
// contain.
func published(schema string) string {
	var tables []string
	for _, name := range []string{TableUsers, TableFollows, TableStats} {
		tables = append(tables, publishedTable(schema, name))
	}
	return strings.Join(tables, ", ")
}

func publishedTable(schema, name string) string {
	table := name
	if schema != "" {
		table = quote(schema) + "." + name
	}
	if name == TableFollows {
		return table
	}
	var list []string
	for _, c := range columns[name] {
		list = append(list, c.name)
	}
	return table + " (" + strings.Join(list, ", ") + ")"
}

// quote quotes a name for SQL if it needs it.
func quote(name string) string {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return pgx.Identifier{name}.Sanitize()
		}
	}
	return name
}
