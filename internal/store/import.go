package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
)

// ImportOptions configures an import. The zero value selects the defaults.
type ImportOptions struct {
	// CreateUsers creates an account for every id in the follows that has no account. Such an account cannot be signed
	// in to: it has no password, and its phone number has the country code 999, which is not assigned to any country.
	CreateUsers bool

	// ChunkRows is how many rows one transaction merges; 0 selects the default. Live writers to the same users wait for
	// such a transaction.
	ChunkRows int64

	// SkipVacuum omits the VACUUM (ANALYZE) of the tables at the end. Without VACUUM, reads of pages access the heap
	// until autovacuum has run.
	SkipVacuum bool

	// DryRun writes only temporary tables. The result contains the counts that a real import would have.
	DryRun bool

	// Progress, if not nil, is called at the start of each phase and after each of its chunks, on the goroutine of the
	// import.
	Progress func(ImportProgress)
}

// defaultChunkRows was measured on a graph of half a million follows. Smaller chunks update the same counters more
// often: an import takes 5% longer with 25,000 rows and 10% longer with 10,000. Larger chunks gain nothing and hold
// their locks for longer than the half second of 50,000 rows.
const defaultChunkRows = 50_000

// ImportPhase is a phase of an import.
type ImportPhase string

// The phases, in their order. Reading the rows is not a phase here: the caller yields them and reports that progress.
const (
	PhaseCheck       ImportPhase = "checking"
	PhaseCreateUsers ImportPhase = "creating users"
	PhaseMerge       ImportPhase = "merging"
	PhaseVacuum      ImportPhase = "vacuuming"
)

// ImportProgress is the progress of a phase, in rows. Total is 0 if it is unknown.
type ImportProgress struct {
	Phase       ImportPhase
	Done, Total int64
}

// ImportResult counts what an import did. After an error it counts what was committed before.
type ImportResult struct {
	Rows         int64 // rows read
	Added        int64 // new in the database
	Unchanged    int64 // already in the database, or repeated in the input
	UsersCreated int64 // accounts that ImportOptions.CreateUsers created
}

// Rows yields the elements of a slice, for an import of rows that are already in memory.
func Rows[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// importer is one import.
type importer struct {
	*job
	store *Store
	now   time.Time // the server's time, for all rows without a time: the order of the rows then decides
	opts  ImportOptions

	repeats bool // whether the import contains a follow that already exists
}

func (s *Store) startImport(ctx context.Context, opts ImportOptions) (*importer, error) {
	if opts.ChunkRows <= 0 {
		opts.ChunkRows = defaultChunkRows
	}
	if opts.Progress == nil {
		opts.Progress = func(ImportProgress) {}
	}
	j, err := s.startJob(ctx)
	if err != nil {
		return nil, err
	}
	m := &importer{job: j, store: s, opts: opts}
	if err := m.conn.QueryRow(ctx, "SELECT now()").Scan(&m.now); err != nil {
		m.close(ctx)
		return nil, classify(ctx, err)
	}
	return m, nil
}

// stage copies all rows into a temporary table, numbered from 1 in the column line, and returns their number. An error
// of rows ends the COPY and is returned unchanged; nothing is staged then.
func stage[T any](
	ctx context.Context, m *importer, table string, columns []string,
	rows iter.Seq2[T, error], values func(line int64, row T) []any,
) (int64, error) {
	next, stop := iter.Pull2(rows)
	defer stop()
	var line int64
	var sourceErr error
	source := pgx.CopyFromFunc(func() ([]any, error) {
		row, err, ok := next()
		if !ok {
			return nil, nil
		}
		if err != nil {
			sourceErr = err
			return nil, err
		}
		line++
		return values(line, row), nil
	})
	staged, err := m.conn.CopyFrom(ctx, pgx.Identifier{"pg_temp", table}, columns, source)
	if sourceErr != nil {
		return 0, sourceErr
	}
	return staged, classify(ctx, err)
}

// merge calls merge for chunks of size lines, one after another, and returns the sum of its results.
func (m *importer) merge(
	ctx context.Context, phase ImportPhase, total, size int64,
	merge func(ctx context.Context, from, to int64) (int64, error),
) (int64, error) {
	sum, done, err := m.chunks(ctx, total, size, merge, func(done int64) {
		m.opts.Progress(ImportProgress{phase, done, total})
	})
	if err != nil {
		return sum, fmt.Errorf("%s stopped at row %d of %d, run the import again to complete it: %w", phase, done, total, err)
	}
	return sum, nil
}

// vacuum makes the new pages all-visible, so that index-only scans do not read the heap, and updates the planner's
// statistics.
func (m *importer) vacuum(ctx context.Context, tables string) error {
	if m.opts.SkipVacuum {
		return nil
	}
	m.opts.Progress(ImportProgress{Phase: PhaseVacuum})
	if _, err := m.conn.Exec(ctx, "VACUUM (ANALYZE) "+tables); err != nil {
		return fmt.Errorf("the import is complete, but not the VACUUM after it: %w", classify(ctx, err))
	}
	return nil
}
