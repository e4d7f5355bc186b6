package migrate

import (
	"context"
	"fmt"
	"slices"
	"time"

	atlas "ariga.io/atlas/sql/migrate"
)

// baseline is the migration up to which a database without a history is already migrated.
type baseline struct{ file atlas.File }

// ServiceError is returned by Up and Status for a database of the Python service. Nothing is changed.
type ServiceError struct {
	Schema string // schema of its tables
}

func (e *ServiceError) Error() string {
	return fmt.Sprintf("the database belongs to the Python service, with tables in schema %s: run `followgraph adopt check` to adopt it while the service runs, "+
		"or stop the service and everything else that uses the tables and run `followgraph migrate up --offline`", e.Schema)
}

// origin describes the users table of a database without a history.
type origin struct {
	schema  string
	current bool // schema is the connection's current schema
	service bool // the table has the columns of the service
	ours    bool // the table also has the columns of Followgraph
}

// originSQL finds users tables: any in the connection's current schema, and in other schemas those of the service or of
// Followgraph, which have other known tables next to them. If the database URL sets search_path, only the current
// schema counts.
const originSQL = `
	WITH found AS (
	  SELECT c.relnamespace AS schema, n.nspname AS name, coalesce(n.nspname = current_schema(), false) AS current,
	    2 = (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname IN ('username', 'password_hash') AND NOT a.attisdropped) AS service,
	    2 = (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname IN ('cognito_id', 'token_version') AND NOT a.attisdropped) AS ours
	  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
	  WHERE c.relname = 'users' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
	    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'followgraph_adoption', 'followgraph_next', 'followgraph_before')
	)
	SELECT name, current, service, ours
	FROM found
	WHERE current OR service AND (SELECT source <> 'client' FROM pg_settings WHERE name = 'search_path')
	  AND EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = found.schema AND (c.relname IN ('user_follows', 'user_follow_stats')
	    OR c.relkind = 'r' AND ARRAY['version_num'] = ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
	ORDER BY current DESC, name
	LIMIT 1`

// recognize checks a database without a history. If it has a users table, recognize returns an error that says what to
// do: a *ServiceError for a database of the Python service.
func (d *directory) recognize(ctx context.Context, conn querier) error {
	users, err := findOrigin(ctx, conn)
	switch {
	case err != nil:
		return err
	case users == nil:
		return nil
	case users.ours && !users.current:
		return fmt.Errorf("the tables of Followgraph are in schema %s, which is not the connection's current schema: set search_path in the database URL, as in postgres://…?search_path=%s", users.schema, users.schema)
	case users.ours:
		return fmt.Errorf("the database has the tables of Followgraph in schema %s, but no migration history: if they are at the latest version, run `followgraph migrate up --baseline %s`", users.schema, d.files[len(d.files)-1].Version())
	case users.service:
		return &ServiceError{Schema: users.schema}
	default:
		return fmt.Errorf("schema %s has a table users that belongs neither to Followgraph nor to the Python service: set search_path in the database URL to a schema without such a table", users.schema)
	}
}

// findOrigin returns nil for a database without a users table.
func findOrigin(ctx context.Context, conn querier) (*origin, error) {
	rows, err := conn.QueryContext(ctx, originSQL)
	if err != nil {
		return nil, fmt.Errorf("look for tables: %w", err)
	}
	defer rows.Close()
	var users *origin
	for rows.Next() {
		users = &origin{}
		if err := rows.Scan(&users.schema, &users.current, &users.service, &users.ours); err != nil {
			return nil, fmt.Errorf("look for tables: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for tables: %w", err)
	}
	return users, nil
}

// baselineAt returns the baseline of a version. The caller must verify that the database has its tables.
func (d *directory) baselineAt(ctx context.Context, conn querier, version string) (*baseline, error) {
	at := slices.IndexFunc(d.files, func(f atlas.File) bool { return f.Version() == version })
	if at == -1 {
		return nil, fmt.Errorf("baseline %q is not the version of a migration: use one of %s", version, d.versions())
	}
	users, err := findOrigin(ctx, conn)
	switch {
	case err != nil:
		return nil, err
	case users == nil:
		return nil, fmt.Errorf("the database has no tables, so baseline %s cannot apply: run without a baseline", version)
	case users.service && !users.ours:
		return nil, &ServiceError{Schema: users.schema}
	case !users.current:
		return nil, d.recognize(ctx, conn)
	}
	return &baseline{file: d.files[at]}, nil
}

// revision returns the row that Atlas's command line writes for --baseline.
func (b *baseline) revision() *atlas.Revision {
	return &atlas.Revision{
		Version:         b.file.Version(),
		Description:     b.file.Desc(),
		Type:            atlas.RevisionTypeBaseline,
		ExecutedAt:      time.Now(),
		OperatorVersion: operator,
	}
}
