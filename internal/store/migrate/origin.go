package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	atlas "ariga.io/atlas/sql/migrate"
)

// baseline is a migration with whose result a database without a history begins.
type baseline struct{ file atlas.File }

// ServiceError says that a database is one of the Python service, which Up leaves alone.
type ServiceError struct {
	Schema string // where its tables are
}

func (e *ServiceError) Error() string {
	return fmt.Sprintf("the database is one of the Python service, with its tables in schema %s: run `followgraph adopt check` to take it over while the service runs, "+
		"or `followgraph migrate up --offline` while the service and all else that uses the tables is stopped", e.Schema)
}

// origin is what a database without a history holds.
type origin struct {
	schema  string // of the users table that was found
	current bool   // whether that is the connection's schema
	service bool   // whether it has the columns of the service's
	ours    bool   // whether it has those of this program's besides
}

// originSQL finds users tables: in the connection's schema any, elsewhere those beside which the service or this program
// left more. An address that names a search_path has chosen, and others are not looked at.
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

// recognize looks at a database that has no history yet. It returns an error for one that has tables already, which says
// what to do about them: a *ServiceError where they are the Python service's.
func (d *directory) recognize(ctx context.Context, conn querier) error {
	found, err := findOrigin(ctx, conn)
	switch {
	case err != nil:
		return err
	case found == nil:
		return nil
	case found.ours && !found.current:
		return fmt.Errorf("the tables of this program are in schema %s, but the connection's search_path leads elsewhere: put search_path into the address of the database, as in postgres://…?search_path=%s", found.schema, found.schema)
	case found.ours:
		return fmt.Errorf("the database has the tables of this program, in schema %s, and no migration history. If they are those of the latest version, run `followgraph migrate up --baseline %s`", found.schema, d.files[len(d.files)-1].Version())
	case found.service:
		return &ServiceError{Schema: found.schema}
	default:
		return fmt.Errorf("schema %s has a table users that is neither this program's nor the Python service's: put the search_path of a schema without one into the address of the database", found.schema)
	}
}

// findOrigin returns nil for a database without tables of the service.
func findOrigin(ctx context.Context, conn querier) (*origin, error) {
	rows, err := conn.QueryContext(ctx, originSQL)
	if err != nil {
		return nil, fmt.Errorf("look for tables: %w", err)
	}
	defer rows.Close()
	var found *origin
	for rows.Next() {
		found = &origin{}
		if err := rows.Scan(&found.schema, &found.current, &found.service, &found.ours); err != nil {
			return nil, fmt.Errorf("look for tables: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for tables: %w", err)
	}
	return found, nil
}

// baselineAt is the baseline of that version, whose tables the database must have.
func (d *directory) baselineAt(ctx context.Context, conn querier, version string) (*baseline, error) {
	at := slices.IndexFunc(d.files, func(f atlas.File) bool { return f.Version() == version })
	if at == -1 {
		return nil, fmt.Errorf("baseline %q is not the version of a migration: use one of %s", version, d.versions())
	}
	found, err := findOrigin(ctx, conn)
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, fmt.Errorf("the database has no tables that could be at baseline %s: run without a baseline", version)
	case found.service && !found.ours:
		return nil, &ServiceError{Schema: found.schema}
	case !found.current:
		return nil, d.recognize(ctx, conn)
	}
	return &baseline{file: d.files[at]}, nil
}

// revision is the row that Atlas's command line writes for --baseline.
func (b *baseline) revision() *atlas.Revision {
	return &atlas.Revision{
		Version:         b.file.Version(),
		Description:     b.file.Desc(),
		Type:            atlas.RevisionTypeBaseline,
		ExecutedAt:      time.Now(),
		OperatorVersion: operator,
	}
}

// isAlembicRevision reports whether the file replays a revision of the Python
// service: whether its description begins with the twelve hexadecimal digits of one.
func isAlembicRevision(file atlas.File) bool {
	id, _, _ := strings.Cut(file.Desc(), "_")
	return len(id) == 12 && strings.Trim(id, "0123456789abcdef") == ""
}
