// Package migrate migrates a database to the schema that this binary was built for.
//
// It applies the files of package migrations with Atlas's executor and writes Atlas's table of revisions. This package
// and Atlas's command line can therefore be used alternately, and they exclude each other.
//
// migrate.go has [Up], [Status] and [Check]. origin.go recognizes databases without a history. record.go is for package
// adopt, which creates the schema by other means.
package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"followgraph/internal/store/connection"
	"followgraph/migrations"
)

// operator is the author of our rows in the table of revisions.
const operator = "followgraph"

// embedded is the directory embedded in this binary. It is verified once.
var embedded = sync.OnceValues(func() (*directory, error) { return openDirectory(migrations.FS) })

// File is a migration that Up applied.
type File struct {
	Name    string        // in the directory, for example 20250501000000_users.sql
	Version string        // the part of Name before the first underscore
	Took    time.Duration // including the commit
}

// Option configures Up.
type Option func(*settings)

type settings struct {
	baseline string
	log      *slog.Logger
}

// WithBaseline declares that a database with the tables of Followgraph but without a history has all migrations up to
// and including a version. Up checks the tables, and records the baseline together with the first migration after it.
// It does not apply to a database of the Python service: see [ServiceError].
func WithBaseline(version string) Option {
	return func(s *settings) { s.baseline = version }
}

// WithLog makes Up log its steps at level info. Without it Up does not log.
func WithLog(log *slog.Logger) Option {
	return func(s *settings) { s.log = log }
}

// Up applies the pending migrations in order and returns those it applied. Each file is one transaction: if one fails,
// its changes are rolled back, and the files before it remain applied. The statements of a file with the directive
// "atlas:txmode none" run outside a transaction. If one fails, a later Up continues with it.
//
// Up does not wait long for a lock, because all other statements on that table would wait behind it: see lockTimeout.
//
// Only one Up, or Atlas's command line, works on a database at a time. The others wait, at most until ctx ends.
//
// Up does not change a database that is newer than this binary. That is not an error: see State.Ahead.
func Up(ctx context.Context, databaseURL string, opts ...Option) ([]File, error) {
	set := settings{log: slog.New(slog.DiscardHandler)}
	for _, opt := range opts {
		opt(&set)
	}
	dir, err := embedded()
	if err != nil {
		return nil, err
	}
	applied, err := up(ctx, databaseURL, dir, set)
	return applied, connection.Cause(err)
}

func up(ctx context.Context, databaseURL string, dir *directory, set settings) ([]File, error) {
	// A migration changes tables, which would invalidate cached statements and descriptions.
	db, err := open(databaseURL, pgx.QueryExecModeDescribeExec)
	if err != nil {
		return nil, err
	}
	// Closing ends the session, and with it the lock and an open transaction.
	defer db.Close()
	// Everything runs on one connection. A lock held by another connection could be lost during a migration.
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close()
	if err := lock(ctx, conn, set.log); err != nil {
		return nil, err
	}

	table, revisions, start, err := prepare(ctx, conn, dir, set)
	if err != nil {
		return nil, err
	}
	state := dir.compare(revisions)
	if len(state.Ahead) > 0 {
		set.log.WarnContext(ctx, "the database is newer than this program", "current", state.Current, "latest", state.Latest)
	}
	if err := dir.checkOrder(state); err != nil {
		return nil, err
	}
	if err := checkCollation(ctx, conn, searchCollation, state.Pending); err != nil {
		return nil, err
	}
	if start != nil && len(state.Pending) == 0 {
		return nil, record(ctx, conn, table, start)
	}
	var applied []File
	for _, name := range state.Pending {
		began := time.Now()
		if err := apply(ctx, conn, dir, table, name, start, set.log); err != nil {
			return applied, err
		}
		start = nil
		file := File{Name: name, Version: dir.file(name).Version(), Took: time.Since(began)}
		applied = append(applied, file)
		set.log.InfoContext(ctx, "applied migration", "file", file.Name, "took", file.Took.Round(time.Microsecond))
	}
	return applied, nil
}

// beginning is what the first transaction of a history writes: the table and, if there is one, a baseline.
type beginning struct{ baseline *baseline }

func (b *beginning) record(ctx context.Context, table revisionsTable) error {
	if err := table.create(ctx); err != nil || b.baseline == nil {
		return err
	}
	return table.WriteRevision(ctx, b.baseline.revision())
}

// record writes a beginning if no migration is pending after it.
func record(ctx context.Context, conn *sql.Conn, table revisionsTable, start *beginning) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("record the baseline: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // a no-op after the commit
	if err := start.record(ctx, revisionsTable{conn: tx, schema: table.schema}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("record the baseline: %w", err)
	}
	return nil
}

// prepare returns the history of the database. If it has none, prepare also returns what the first migration must write
// with it. It changes nothing.
func prepare(ctx context.Context, conn *sql.Conn, dir *directory, set settings) (revisionsTable, []*atlas.Revision, *beginning, error) {
	table, revisions, err := history(ctx, conn)
	if err != nil {
		return table, nil, nil, err
	}
	if len(revisions) > 0 {
		if set.baseline != "" {
			return table, nil, nil, fmt.Errorf("the database has a migration history, at version %s: run without a baseline", revisions[len(revisions)-1].Version)
		}
		return table, revisions, nil, nil
	}
	if set.baseline == "" {
		return table, nil, &beginning{}, dir.recognize(ctx, conn)
	}
	start, err := dir.baselineAt(ctx, conn, set.baseline)
	if err != nil {
		return table, nil, nil, err
	}
	if err := verify(ctx, conn, dir, start.file.Version()); err != nil {
		return table, nil, nil, err
	}
	return table, []*atlas.Revision{start.revision()}, &beginning{start}, nil
}

// history reads the revisions. It returns none if their table is missing or empty.
func history(ctx context.Context, conn querier) (revisionsTable, []*atlas.Revision, error) {
	where, err := locate(ctx, conn)
	if err != nil {
		return revisionsTable{}, nil, err
	}
	table := revisionsTable{conn: conn, schema: where.schema}
	if !where.exists {
		return table, nil, nil
	}
	revisions, err := table.ReadRevisions(ctx)
	return table, revisions, err
}

// open returns a pool for a database. It does not connect yet.
func open(databaseURL string, mode pgx.QueryExecMode) (*sql.DB, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// The parser's message leaves the password out.
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if err := connection.Configure(config); err != nil {
		return nil, err
	}
	connection.Unprepared(config)
	config.DefaultQueryExecMode = mode
	return stdlib.OpenDB(*config), nil
}

// Status returns the state of a database. It changes nothing, takes no lock, and works through any pooler.
func Status(ctx context.Context, databaseURL string) (State, error) {
	db, err := open(databaseURL, pgx.QueryExecModeCacheDescribe)
	if err != nil {
		return State{}, err
	}
	defer db.Close()
	state, err := read(ctx, db)
	return state, connection.Cause(err)
}

// Check returns the state of a database, with a *BehindError if migrations are pending. `serve` calls it at start, and
// /readyz on each request. It runs two short queries.
func Check(ctx context.Context, db *sql.DB) (State, error) {
	state, err := read(ctx, db)
	if err != nil {
		return State{}, err
	}
	if len(state.Pending) > 0 {
		return state, &BehindError{Current: state.Current, Latest: state.Latest, Pending: state.Pending}
	}
	return state, checkSearchPath(ctx, db)
}

func read(ctx context.Context, db *sql.DB) (State, error) {
	dir, err := embedded()
	if err != nil {
		return State{}, err
	}
	_, revisions, err := history(ctx, db)
	if err != nil {
		return State{}, err
	}
	if len(revisions) > 0 {
		return dir.compare(revisions), nil
	}
	if err := dir.recognize(ctx, db); err != nil {
		return State{}, err
	}
	return dir.compare(nil), nil
}
