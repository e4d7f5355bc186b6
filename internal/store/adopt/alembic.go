package adopt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/connection"
)

// AlembicRevision is the id of the revision that the service's Alembic project gets for the switch. It is the same for
// every database, so that Followgraph recognizes it.
const AlembicRevision = "f0110c0de013"

// ErrNotSwitched is returned by Alembic if the tables still have the service's schema.
var ErrNotSwitched = errors.New("the tables still have the service's schema: run `followgraph adopt switch` first")

// AlembicFiles are the files that an Alembic project needs after the switch. With them `alembic check` finds no
// difference.
type AlembicFiles struct {
	// Revision is the source of a revision that changes nothing. It is empty if Alembic is at that revision already.
	Revision string
	// Models is a module for SQLAlchemy 1.4 and 2 that declares the three tables as they are.
	Models string
	// Environment is the addition to the project's env.py.
	Environment string
	// Notes are instructions to read before using the files. Each has one or a few sentences.
	Notes []string
}

// RevisionName returns the usual file name of the revision.
func (f *AlembicFiles) RevisionName() string { return AlembicRevision + "_followgraph.py" }

// Alembic returns the files for a switched database. It only reads. It returns ErrNotSwitched if the tables have the
// service's schema.
func Alembic(ctx context.Context, url string) (*AlembicFiles, error) {
	conn, err := connection.Connect(ctx, url)
	if err != nil {
		return nil, connection.Cause(fmt.Errorf("connect to the database: %w", err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	shape, err := ReadShape(ctx, conn)
	if err != nil {
		return nil, err
	}
	return alembicFiles(shape)
}

func alembicFiles(shape *Shape) (*AlembicFiles, error) {
	if shape.Users == nil || shape.Follows == nil || shape.Stats == nil {
		return nil, errors.New("no schema has all three tables users, user_follows and user_follow_stats")
	}
	if !shape.adopted() {
		return nil, ErrNotSwitched
	}
	heads, notes := shape.alembicHeads()
	files := &AlembicFiles{Models: models(shape), Environment: environment}
	if slices.Equal(heads, []string{AlembicRevision}) {
		notes = append(notes, "Alembic is at revision "+AlembicRevision+" already, so no revision is written. Keep the file that you have.")
	} else {
		files.Revision = revision(heads)
	}
	files.Notes = append(notes, alembicNotes(shape)...)
	return files, nil
}

// alembicHeads returns the revisions in Alembic's version table. It reads the version table in the schema of the
// service's tables, or the only one in the database.
func (s *Shape) alembicHeads() (heads, notes []string) {
	var readable []Versions
	for _, table := range s.Alembic {
		if !table.Readable {
			notes = append(notes, fmt.Sprintf("This role may not read %s.%s.", table.Schema, table.Table))
			continue
		}
		if table.Schema == s.Schema {
			return table.Versions, nil
		}
		readable = append(readable, table)
	}
	switch len(readable) {
	case 0:
		return nil, append(notes, "No table alembic_version was found: set `down_revision` in the revision to the last revision of your history.")
	case 1:
		return readable[0].Versions, nil
	default:
		return nil, append(notes, "Several schemas have a table alembic_version, but not the schema of the tables: set `down_revision` in the revision to the last revision of the service's history.")
	}
}

func alembicNotes(shape *Shape) []string {
	notes := []string{
		"Do not run `alembic downgrade` below revision " + AlembicRevision + ": older revisions expect the old tables. To go back, run `followgraph adopt undo` before `followgraph adopt finish`.",
		"From now on Followgraph's migrations change these three tables. Do not run `alembic revision --autogenerate` before the new models are in place: it would write a revision that changes the tables back.",
		"The models contain what the database knows. Keep what only your code knows: relationships, methods, validators, `default=` and `onupdate=` of your own columns, and the names of your classes.",
	}
	if shape.Schema != shape.Server.CurrentSchema {
		notes = append(notes, fmt.Sprintf("The tables are in the schema %s, which is not the first one of this connection's search_path. If your models name the schema, set SCHEMA in the new models to %q.", shape.Schema, shape.Schema))
	}
	return notes
}

// revision returns the source of a revision that follows the given ones.
func revision(heads []string) string {
	revises, down := strings.Join(heads, ", "), "None  # the last revision of your history"
	switch len(heads) {
	case 0:
	case 1:
		down = strconv.Quote(heads[0])
	default: // the revision merges several heads
		var quoted []string
		for _, head := range heads {
			quoted = append(quoted, strconv.Quote(head))
		}
		down = "(" + strings.Join(quoted, ", ") + ")"
	}
	return strings.NewReplacer(
		"{id}", AlembicRevision, "{revises}", revises, "{down}", down,
	).Replace(revisionText)
}

const revisionText = `"""the tables are Followgraph's

"followgraph adopt switch" has changed users, user_follows and user_follow_stats.
This revision changes nothing. It records the switch in the history of Alembic.

Revision ID: {id}
Revises: {revises}

"""
from alembic import context, op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = "{id}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
    if context.is_offline_mode():
        return
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("users")}
    if "token_version" not in columns:
        raise RuntimeError(
            "users does not have the form that this revision expects. Run 'followgraph adopt prepare' and 'followgraph "
            "adopt switch' on this database, or stop the service and run 'followgraph migrate up --offline'."
        )


def downgrade() -> None:
    raise RuntimeError(
        "Alembic cannot restore the old tables. Run 'followgraph adopt undo', which keeps all rows and works "
        "until 'followgraph adopt finish'."
    )
`

// environment is the addition to env.py. Without it, Alembic compares Atlas's table only if that is in the schema of
// the models. In that case the models declare it.
const environment = `# For env.py: pass both functions to every context.configure(...), next to target_metadata.
# They exclude what belongs to Followgraph only. The schemas matter with include_schemas=True.
FOLLOWGRAPH_SCHEMAS = {"atlas_schema_revisions", "followgraph_adoption", "followgraph_before", "followgraph_next"}


def include_name(name, type_, parent_names):
    return not (type_ == "schema" and name in FOLLOWGRAPH_SCHEMAS)


def include_object(object, name, type_, reflected, compare_to):
    return not (type_ == "table" and (name == "atlas_schema_revisions" or object.schema in FOLLOWGRAPH_SCHEMAS))


# context.configure(..., include_name=include_name, include_object=include_object)
`

// restoreAlembic replaces the revision of the switch in Alembic's version table with the revisions from before. If the
// role lacks the privileges, restored is false, and the operator has to do it.
func restoreAlembic(ctx context.Context, tx pgx.Tx, before *Shape) (restored bool, err error) {
	restored = true
	for _, table := range before.Alembic {
		if !table.Readable || len(table.Versions) == 0 {
			continue
		}
		name := pgx.Identifier{table.Schema, table.Table}.Sanitize()
		var there, allowed bool
		err := tx.QueryRow(ctx, `
			SELECT c.oid IS NOT NULL, coalesce(has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'DELETE'), false)
			FROM (SELECT to_regclass($1) AS oid) AS c`, name).Scan(&there, &allowed)
		if err != nil {
			return false, fmt.Errorf("read the privileges on %s: %w", name, err)
		}
		if !there {
			continue
		}
		if !allowed {
			restored = false
			continue
		}
		tag, err := tx.Exec(ctx, `DELETE FROM `+name+` WHERE version_num = $1`, AlembicRevision)
		if err == nil && tag.RowsAffected() > 0 {
			_, err = tx.Exec(ctx, `INSERT INTO `+name+` (version_num) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`, table.Versions)
		}
		if err != nil {
			return false, fmt.Errorf("restore %s: %w", name, err)
		}
	}
	return restored, nil
}
