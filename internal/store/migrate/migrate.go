// Package migrate brings a database to the schema that this binary was built for.
//
// It applies the files of package migrations with Atlas's own executor and keeps
// Atlas's own table of revisions, so that this package and Atlas's command line
// can be used in turn, and exclude each other.
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

// operator is what the revisions table names as the author of our rows.
const operator = "followgraph"

// embedded is this binary's own directory, verified once.
var embedded = sync.OnceValues(func() (*directory, error) { return openDirectory(migrations.FS) })

// File is a migration that Up applied.
type File struct {
	Name    string        // as in the directory, for example 20250501000000_users.sql
	Version string        // what stands before the first underscore of Name
	Took    time.Duration // with the commit
}

// Option changes what Up does.
type Option func(*settings)

type settings struct {
	baseline string
	log      *slog.Logger
}

// WithBaseline declares that the database, which has no history yet, already
// stands where the migrations up to and including version lead. It is for a
// database that something else made; Up recognizes one of the Python service by
// itself as long as that has its alembic_version.
func WithBaseline(version string) Option {
	return func(s *settings) { s.baseline = version }
}

// WithLog makes Up say what it does, at level info. Without it Up is silent.
func WithLog(log *slog.Logger) Option {
	return func(s *settings) { s.log = log }
}

// Up applies the migrations that the database lacks, in order, and returns those
// it applied: none when there was nothing to do. Each file is one transaction: one
// that fails leaves nothing of itself, and what came before it stays.
//
// One Up, or Atlas's command line, works on a database at a time. The others wait
// until ctx ends, and then find nothing left to do.
//
// A database that is newer than this binary is left alone and is no error: see
// State.Ahead.
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
	db, err := open(databaseURL)
	if err != nil {
		return nil, err
	}
	// Closing ends the session, and with it the lock and an open transaction.
	defer db.Close()
	// Everything runs on one connection: were the lock on another one, it could be
	// lost while a migration goes on.
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close()
	if err := lock(ctx, conn, set.log); err != nil {
		return nil, err
	}

	table, revisions, err := prepare(ctx, conn, dir, set)
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
	var applied []File
	for _, name := range state.Pending {
		began := time.Now()
		if err := apply(ctx, conn, dir, table, name); err != nil {
			return applied, err
		}
		file := File{Name: name, Version: dir.file(name).Version(), Took: time.Since(began)}
		applied = append(applied, file)
		set.log.InfoContext(ctx, "applied migration", "file", file.Name, "took", file.Took.Round(time.Microsecond))
	}
	return applied, nil
}

// prepare makes the revisions table where it is missing, records the baseline
// where one is due, and returns the history that results.
func prepare(ctx context.Context, conn *sql.Conn, dir *directory, set settings) (revisionsTable, []*atlas.Revision, error) {
	table, revisions, err := history(ctx, conn)
	if err != nil {
		return table, nil, err
	}
	if len(revisions) > 0 {
		if set.baseline != "" {
			return table, nil, fmt.Errorf("the database has a migration history, at version %s: run without a baseline", revisions[len(revisions)-1].Version)
		}
		return table, revisions, nil
	}
	var start *baseline
	if set.baseline != "" {
		start, err = dir.baselineAt(set.baseline)
	} else {
		start, err = dir.recognize(ctx, conn)
	}
	if err != nil {
		return table, nil, err
	}
	if err := table.create(ctx); err != nil {
		return table, nil, err
	}
	if start == nil {
		return table, nil, nil
	}
	if start.alembic != "" {
		set.log.InfoContext(ctx, "adopting a database of the Python service", "alembic_version", start.alembic, "baseline", start.file.Version())
	}
	revision := start.revision()
	if err := table.WriteRevision(ctx, revision); err != nil {
		return table, nil, err
	}
	return table, []*atlas.Revision{revision}, nil
}

// history reads the revisions: none where their table is missing or empty.
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

// apply runs one file and its revision row in one transaction.
func apply(ctx context.Context, conn *sql.Conn, dir *directory, table revisionsTable, name string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	// The database's own limit is for statements of a service. Only for this transaction: a pooler may share the session.
	if _, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	executor, err := atlas.NewExecutor(driver{conn: tx}, dir.atlas, revisionsTable{conn: tx, schema: table.schema}, atlas.WithOperatorVersion(operator))
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	if err := executor.Execute(ctx, dir.file(name)); err != nil {
		return describe(name, dir.file(name), err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit migration %s: %w", name, err)
	}
	return nil
}

// open prepares connections to databaseURL; nothing is reached yet.
func open(databaseURL string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// The parser's message leaves the password out.
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if err := connection.Configure(config); err != nil {
		return nil, err
	}
	// A migration changes tables under the statements that a cache would keep.
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	return stdlib.OpenDB(*config), nil
}

// Status tells where the database stands. It changes nothing and waits for nobody.
func Status(ctx context.Context, databaseURL string) (State, error) {
	db, err := open(databaseURL)
	if err != nil {
		return State{}, err
	}
	defer db.Close()
	state, err := read(ctx, db)
	return state, connection.Cause(err)
}

// Check tells where the database stands, with a *BehindError when it lacks
// migrations: what `serve` asks before it starts and /readyz each time. It costs
// two short queries.
func Check(ctx context.Context, db *sql.DB) (State, error) {
	state, err := read(ctx, db)
	if err != nil {
		return State{}, err
	}
	if len(state.Pending) > 0 {
		return state, &BehindError{Current: state.Current, Latest: state.Latest, Pending: state.Pending}
	}
	return state, nil
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
	start, err := dir.recognize(ctx, db)
	if err != nil {
		return State{}, err
	}
	if start == nil {
		return dir.compare(nil), nil
	}
	state := dir.compare([]*atlas.Revision{start.revision()})
	state.Current, state.Applied, state.Adopts = "", nil, start.alembic
	return state, nil
}
