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
type baseline struct {
	file    atlas.File
	alembic string // the revision that the database names itself, if that decided
}

// recognize looks at a database that has no history yet. It returns nil for one
// without our tables, where everything is to be applied, the baseline for one of
// the Python service, and an error for tables of unknown origin.
func (d *directory) recognize(ctx context.Context, conn querier) (*baseline, error) {
	var hasUsers, hasAlembic bool
	err := conn.QueryRowContext(ctx, `
		SELECT
		  to_regclass(quote_ident(current_schema()) || '.users') IS NOT NULL,
		  to_regclass(quote_ident(current_schema()) || '.alembic_version') IS NOT NULL`,
	).Scan(&hasUsers, &hasAlembic)
	if err != nil {
		return nil, fmt.Errorf("look for tables: %w", err)
	}
	switch {
	case !hasUsers:
		return nil, nil
	case !hasAlembic:
		return nil, fmt.Errorf("the database has a users table and no migration history. If its tables are those of the Python service, %s", d.adoptionHint())
	}
	revision, err := alembicRevision(ctx, conn)
	if err != nil {
		return nil, err
	}
	for _, file := range d.files {
		// A file that replays a revision of the Python service begins with its id.
		if id, _, _ := strings.Cut(file.Desc(), "_"); id == revision {
			return &baseline{file: file, alembic: revision}, nil
		}
	}
	return nil, fmt.Errorf("the database is of a Python service at revision %q, which is not in the migrations. If its tables equal those of a known revision, %s", revision, d.adoptionHint())
}

// baselineAt is the baseline that somebody named by its version.
func (d *directory) baselineAt(version string) (*baseline, error) {
	at := slices.IndexFunc(d.files, func(f atlas.File) bool { return f.Version() == version })
	if at == -1 {
		return nil, fmt.Errorf("baseline %q is not the version of a migration: use one of %s", version, d.versions())
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

// adoptionHint is how to name the baseline: the last file that replays the
// Python service.
func (d *directory) adoptionHint() string {
	last := d.files[0]
	for _, file := range d.files {
		if isAlembicRevision(file) {
			last = file
		}
	}
	return fmt.Sprintf("run `followgraph migrate up --baseline %s` (%s)", last.Version(), last.Name())
}

// isAlembicRevision reports whether the file replays a revision of the Python
// service: whether its description begins with the twelve hexadecimal digits of one.
func isAlembicRevision(file atlas.File) bool {
	id, _, _ := strings.Cut(file.Desc(), "_")
	return len(id) == 12 && strings.Trim(id, "0123456789abcdef") == ""
}

// alembicRevision reads the revision at which the Python service left the database.
func alembicRevision(ctx context.Context, conn querier) (string, error) {
	rows, err := conn.QueryContext(ctx, `SELECT version_num FROM alembic_version ORDER BY version_num`)
	if err != nil {
		return "", fmt.Errorf("read alembic_version: %w", err)
	}
	defer rows.Close()
	var revisions []string
	for rows.Next() {
		var revision string
		if err := rows.Scan(&revision); err != nil {
			return "", fmt.Errorf("read alembic_version: %w", err)
		}
		revisions = append(revisions, revision)
	}
	if err := rows.Err(); err != nil {
		return "", fmt.Errorf("read alembic_version: %w", err)
	}
	return strings.Join(revisions, ", "), nil
}
