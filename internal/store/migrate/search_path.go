package migrate

import (
	"context"
	"fmt"
)

// checkSearchPath returns an error if the tables of a database with a history are not in the connection's search_path,
// which the role or the database may set.
func checkSearchPath(ctx context.Context, conn querier) error {
	const visible = `
		SELECT to_regclass('users') IS NOT NULL AND to_regclass('user_follows') IS NOT NULL, current_setting('search_path'), coalesce((
		  SELECT min(n.nspname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		  WHERE c.relname = 'users' AND c.relkind = 'r'
		    AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'username' AND NOT a.attisdropped)
		    AND EXISTS (SELECT FROM pg_class AS f WHERE f.relname = 'user_follows' AND f.relnamespace = c.relnamespace)
		    AND n.nspname NOT IN ('followgraph_adoption', 'followgraph_next', 'followgraph_before')
		), '')`
	var found bool
	var path, schema string
	if err := conn.QueryRowContext(ctx, visible).Scan(&found, &path, &schema); err != nil {
		return fmt.Errorf("look for tables: %w", err)
	}
	switch {
	case found:
		return nil
	case schema == "":
		return fmt.Errorf("the database has a migration history, but no tables users and user_follows in the connection's search_path (%s)", path)
	}
	return fmt.Errorf("the tables of Followgraph are in schema %s, which is not in the connection's search_path (%s): set search_path in the database URL, as in postgres://…?search_path=%s",
		schema, path, schema)
}
