package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Schema is the schema of the state, logs and trigger functions of an adoption.
const Schema = "followgraph_adoption"

// Session is a connection, a pool of them or a transaction.
type Session interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// ignoredSchemas never contain the service's tables. Those of an adoption contain copies.
var ignoredSchemas = []string{"pg_catalog", "information_schema", Schema, nextSchema, beforeSchema}

// ReadShape reads the shape of the service's tables in a separate transaction. It changes nothing and takes only the
// locks of a reader. For a database without these tables it returns a shape without tables.
func ReadShape(ctx context.Context, session Session) (*Shape, error) {
	tx, err := session.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	// In a transaction of the caller this is a savepoint. Rolling back restores the search_path.
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	// pg_relation_size waits for a table that another session has locked.
	if _, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true)`, countLock); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	shape, err := readShape(ctx, tx)
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == lockNotAvailable {
		return nil, fmt.Errorf("another session has locked one of the tables for more than %s: run the command again when it has ended: %w", countLock, err)
	}
	return shape, err
}

// readShape reads the shape. It sets the search_path of the transaction to pg_catalog.
func readShape(ctx context.Context, tx pgx.Tx) (*Shape, error) {
	shape := &Shape{}
	if err := one(ctx, tx, &shape.Server, statement("shape_server")); err != nil {
		return nil, err
	}
	// With this search_path, definitions name all other objects with their schema.
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', 'pg_catalog', true)`); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	version := shape.Server.VersionNum
	if err := one(ctx, tx, &shape.Role, since(version, 150000, statement("shape_role"), map[string][2]string{
		"__REPLICA__": {"has_parameter_privilege('session_replication_role', 'SET')", "false"},
	})); err != nil {
		return nil, err
	}
	err := all(ctx, tx, &shape.Candidates, statement("shape_candidates"),
		[]string{UsersTable, FollowsTable, StatsTable}, shape.Server.Schemas, ignoredSchemas)
	if err != nil {
		return nil, err
	}
	if err := tx.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, Schema).Scan(&shape.Adopting); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	if shape.Alembic, err = readVersions(ctx, tx, "alembic", "version_num"); err != nil {
		return nil, err
	}
	if shape.History, err = readVersions(ctx, tx, "atlas", "version"); err != nil {
		return nil, err
	}
	shape.Schema = choose(shape.Candidates)
	if shape.Schema == "" {
		return shape, nil
	}
	for name, table := range map[string]**Table{UsersTable: &shape.Users, FollowsTable: &shape.Follows, StatsTable: &shape.Stats} {
		if *table, err = readTable(ctx, tx, version, shape.Schema, name); err != nil {
			return nil, err
		}
	}
	return shape, readAround(ctx, tx, shape)
}

// choose returns the schema of the service's tables: the first schema on the search_path with a users table of the
// service, else the only such schema.
func choose(candidates []Candidate) string {
	service := slices.DeleteFunc(slices.Clone(candidates), func(c Candidate) bool { return !c.Service })
	onPath := slices.DeleteFunc(slices.Clone(service), func(c Candidate) bool { return c.Position == 0 })
	switch {
	case len(onPath) > 0:
		return slices.MinFunc(onPath, func(a, b Candidate) int { return a.Position - b.Position }).Schema
	case len(service) == 1:
		return service[0].Schema
	default:
		return ""
	}
}

// readTable reads a table. It returns nil if the table does not exist.
func readTable(ctx context.Context, tx pgx.Tx, version int, schema, name string) (*Table, error) {
	var tables []Table
	if err := all(ctx, tx, &tables, statement("shape_table"), schema, name); err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, nil
	}
	table := &tables[0]
	indexes := since(version, 150000, statement("shape_indexes"), map[string][2]string{"__NULLS__": {"i.indnullsnotdistinct", "false"}})
	publications := since(version, 150000, statement("shape_publications"), map[string][2]string{
		"__SCHEMA__":  {"EXISTS (SELECT FROM pg_publication_namespace AS pn JOIN pg_class AS pc ON pc.relnamespace = pn.pnnspid WHERE pn.pnpubid = p.oid AND pc.oid = $1::oid)", "false"},
		"__COLUMNS__": {"(SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = $1::oid AND a.attnum = ANY (r.prattrs::smallint[]))", "NULL::text[]"},
		"__FILTER__":  {"coalesce(pg_get_expr(r.prqual, r.prrelid), '')", "''"},
	})
	for _, part := range []struct {
		into any
		sql  string
	}{
		{&table.Columns, statement("shape_columns")},
		{&table.Indexes, indexes},
		{&table.Constraints, statement("shape_constraints")},
		{&table.Triggers, statement("shape_triggers")},
		{&table.Sequences, statement("shape_sequences")},
		{&table.Statistics, statement("shape_statistics")},
		{&table.Publications, publications},
	} {
		if err := all(ctx, tx, part.into, part.sql, table.OID); err != nil {
			return nil, err
		}
	}
	return table, nil
}

// readAround reads the objects that do not belong to a single table.
func readAround(ctx context.Context, tx pgx.Tx, shape *Shape) error {
	var tables []uint32
	for _, table := range shape.Tables() {
		tables = append(tables, table.OID)
	}
	if shape.Users != nil {
		if role := shape.Users.Column("role"); role != nil {
			var enums []Enum
			if err := all(ctx, tx, &enums, statement("shape_enum"), role.TypeOID); err != nil {
				return err
			}
			if len(enums) > 0 {
				shape.RoleEnum = &enums[0]
			}
		}
	}
	if err := all(ctx, tx, &shape.Referencing, statement("shape_referencing"), tables); err != nil {
		return err
	}
	return readDependents(ctx, tx, shape, tables)
}

// readVersions reads the version tables of a migration tool.
func readVersions(ctx context.Context, tx pgx.Tx, tool, column string) ([]Versions, error) {
	var tables []Versions
	if err := all(ctx, tx, &tables, statement("shape_versions"), tool); err != nil {
		return nil, err
	}
	for i := range tables {
		if !tables[i].Readable {
			continue
		}
		name := pgx.Identifier{tables[i].Schema, tables[i].Table}.Sanitize()
		// Versions that start with a dot are internal rows of Atlas.
		rows, err := tx.Query(ctx, `SELECT `+column+`::text FROM `+name+` WHERE `+column+` NOT LIKE '.%' ORDER BY `+column+`::text COLLATE "C"`)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if tables[i].Versions, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return tables, nil
}

// since replaces each placeholder with its first text if the server version is at least from, otherwise with its
// second.
func since(version, from int, sql string, placeholders map[string][2]string) string {
	for placeholder, texts := range placeholders {
		text := texts[0]
		if version < from {
			text = texts[1]
		}
		sql = strings.ReplaceAll(sql, placeholder, text)
	}
	return sql
}

// all reads the rows of a query into a slice. Columns match the JSON names of the element type.
func all(ctx context.Context, tx pgx.Tx, into any, sql string, arguments ...any) error {
	var document []byte
	if err := tx.QueryRow(ctx, "SELECT coalesce(json_agg(shape_row), '[]') FROM (\n"+sql+"\n) AS shape_row", arguments...).Scan(&document); err != nil {
		return fmt.Errorf("read the catalog: %w", err)
	}
	if err := json.Unmarshal(document, into); err != nil {
		return fmt.Errorf("read the catalog: %w", err)
	}
	return nil
}

// one reads the only row of a query.
func one[T any](ctx context.Context, tx pgx.Tx, into *T, sql string, arguments ...any) error {
	var rows []T
	if err := all(ctx, tx, &rows, sql, arguments...); err != nil {
		return err
	}
	if len(rows) != 1 {
		return fmt.Errorf("read the catalog: %d rows instead of one", len(rows))
	}
	*into = rows[0]
	return nil
}
