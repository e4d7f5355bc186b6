package migrate

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5"
)

// revisionsName is the name of Atlas's table of revisions and of its schema. If the database URL sets search_path, the
// table is in that schema instead.
const revisionsName = "atlas_schema_revisions"

// querier is a connection, a pool of them, or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// location is the schema in which the table of revisions is, or is to be created.
type location struct {
	schema string
	exists bool
}

// locate finds the table of revisions as Atlas's command line does: with a search_path in the URL, the table is in that
// schema; otherwise it has a separate schema. A table that such a URL once created in the default schema remains in
// use.
func locate(ctx context.Context, conn querier) (location, error) {
	var (
		current                 sql.NullString
		bound, inCurrent, inOwn bool
	)
	// The source is "client" if the connection itself has set search_path.
	err := conn.QueryRowContext(ctx, `
		SELECT
		  current_schema(),
		  (SELECT source = 'client' FROM pg_settings WHERE name = 'search_path'),
		  to_regclass(quote_ident(current_schema()) || '.atlas_schema_revisions') IS NOT NULL,
		  to_regclass('atlas_schema_revisions.atlas_schema_revisions') IS NOT NULL`,
	).Scan(&current, &bound, &inCurrent, &inOwn)
	switch {
	case err != nil:
		return location{}, fmt.Errorf("look for the migration history: %w", err)
	case !current.Valid:
		return location{}, errors.New("the connection's search_path has no schema that exists and may be used: create the schema, grant USAGE on it, or remove search_path from the database URL")
	case bound:
		return location{schema: current.String, exists: inCurrent}, nil
	case inCurrent && !inOwn:
		return location{schema: current.String, exists: true}, nil
	default:
		return location{schema: revisionsName, exists: inOwn}, nil
	}
}

// revisionsTable is Atlas's table of revisions. Its columns and their content are those of Atlas's command line
// v0.13.1.
type revisionsTable struct {
	conn   querier
	schema string
}

var _ atlas.RevisionReadWriter = revisionsTable{}

func (t revisionsTable) name() string {
	return pgx.Identifier{t.schema, revisionsName}.Sanitize()
}

func (t revisionsTable) create(ctx context.Context) error {
	// Other schemas exist: locate has checked that. The role then needs no privilege to create schemas.
	if t.schema == revisionsName {
		if _, err := t.conn.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS atlas_schema_revisions`); err != nil {
			return fmt.Errorf("create the migration history: %w", err)
		}
	}
	_, err := t.conn.ExecContext(ctx, `
		CREATE TABLE IF NOT EXISTS `+t.name()+` (
		  version character varying NOT NULL PRIMARY KEY,
		  description character varying NOT NULL,
		  type bigint NOT NULL DEFAULT 2,
		  applied bigint NOT NULL DEFAULT 0,
		  total bigint NOT NULL DEFAULT 0,
		  executed_at timestamp with time zone NOT NULL,
		  execution_time bigint NOT NULL,
		  error text,
		  error_stmt text,
		  hash character varying NOT NULL,
		  partial_hashes jsonb,
		  operator_version character varying NOT NULL
		)`)
	if err != nil {
		return fmt.Errorf("create the migration history: %w", err)
	}
	return nil
}

// Ident implements atlas.RevisionReadWriter.
func (t revisionsTable) Ident() *atlas.TableIdent {
	return &atlas.TableIdent{Name: revisionsName, Schema: t.schema}
}

const revisionColumns = `version, description, type, applied, total, executed_at, execution_time,
	coalesce(error, ''), coalesce(error_stmt, ''), hash, partial_hashes, operator_version`

// ReadRevisions implements atlas.RevisionReadWriter: all revisions, oldest first.
func (t revisionsTable) ReadRevisions(ctx context.Context) ([]*atlas.Revision, error) {
	// Versions that start with a dot are internal rows of Atlas. Atlas compares versions by their bytes.
	rows, err := t.conn.QueryContext(ctx, `SELECT `+revisionColumns+` FROM `+t.name()+`
		WHERE version NOT LIKE '.%' ORDER BY version COLLATE "C"`)
	if err != nil {
		return nil, fmt.Errorf("read the migration history: %w", err)
	}
	defer rows.Close()
	var revisions []*atlas.Revision
	for rows.Next() {
		revision, err := scanRevision(rows.Scan)
		if err != nil {
			return nil, err
		}
		revisions = append(revisions, revision)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the migration history: %w", err)
	}
	return revisions, nil
}

// ReadRevision implements atlas.RevisionReadWriter.
func (t revisionsTable) ReadRevision(ctx context.Context, version string) (*atlas.Revision, error) {
	row := t.conn.QueryRowContext(ctx, `SELECT `+revisionColumns+` FROM `+t.name()+` WHERE version = $1`, version)
	revision, err := scanRevision(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, atlas.ErrRevisionNotExist
	}
	return revision, err
}

func scanRevision(scan func(...any) error) (*atlas.Revision, error) {
	var (
		revision      atlas.Revision
		partialHashes []byte
	)
	err := scan(&revision.Version, &revision.Description, &revision.Type, &revision.Applied, &revision.Total,
		&revision.ExecutedAt, &revision.ExecutionTime, &revision.Error, &revision.ErrorStmt,
		&revision.Hash, &partialHashes, &revision.OperatorVersion)
	if err != nil {
		return nil, fmt.Errorf("read the migration history: %w", err)
	}
	if len(partialHashes) > 0 {
		if err := json.Unmarshal(partialHashes, &revision.PartialHashes); err != nil {
			return nil, fmt.Errorf("read the migration history: partial_hashes of %s: %w", revision.Version, err)
		}
	}
	return &revision, nil
}

// WriteRevision implements atlas.RevisionReadWriter: it inserts or replaces the row of a version.
func (t revisionsTable) WriteRevision(ctx context.Context, revision *atlas.Revision) error {
	partialHashes, err := json.Marshal(revision.PartialHashes)
	if err != nil {
		return fmt.Errorf("write the migration history: %w", err)
	}
	_, err = t.conn.ExecContext(ctx, `
		INSERT INTO `+t.name()+` AS known (version, description, type, applied, total, executed_at,
		  execution_time, error, error_stmt, hash, partial_hashes, operator_version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (version) DO UPDATE SET
		  type = excluded.type, applied = excluded.applied, total = excluded.total,
		  execution_time = excluded.execution_time, error = excluded.error, error_stmt = excluded.error_stmt,
		  hash = excluded.hash, partial_hashes = excluded.partial_hashes, operator_version = excluded.operator_version`,
		revision.Version, revision.Description, int64(revision.Type), revision.Applied, revision.Total,
		revision.ExecutedAt.UTC().Truncate(time.Microsecond), int64(revision.ExecutionTime), revision.Error, revision.ErrorStmt,
		revision.Hash, string(partialHashes), revision.OperatorVersion)
	if err != nil {
		return fmt.Errorf("write the migration history: %w", err)
	}
	return nil
}

// DeleteRevision implements atlas.RevisionReadWriter.
func (t revisionsTable) DeleteRevision(ctx context.Context, version string) error {
	if _, err := t.conn.ExecContext(ctx, `DELETE FROM `+t.name()+` WHERE version = $1`, version); err != nil {
		return fmt.Errorf("delete from the migration history: %w", err)
	}
	return nil
}
