package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"followgraph/internal/config"
	"followgraph/internal/ingest"
	"followgraph/internal/localfile"
	"followgraph/internal/progress"
	"followgraph/internal/store"
)

// Import says what to import and how.
type Import struct {
	Source      string // a file's path; - is standard input
	CreateUsers bool   // for edges: make accounts for unknown ids
	MaxRejects  int64
	Rejects     string // a file that gets the bad rows; empty: none
	SkipVacuum  bool
}

// reader is ingest.Edges or ingest.Users.
type reader func(context.Context, ingest.Store, io.Reader, ingest.Options) (ingest.Report, error)

// ImportEdges imports follows and writes what became of them to out; progress is told on terminal.
func ImportEdges(ctx context.Context, c config.Common, i Import, log *slog.Logger, out, terminal io.Writer) error {
	return importFile(ctx, c, i, ingest.Edges, log, out, terminal)
}

// ImportUsers imports accounts and writes what became of them to out; progress is told on terminal.
func ImportUsers(ctx context.Context, c config.Common, i Import, log *slog.Logger, out, terminal io.Writer) error {
	return importFile(ctx, c, i, ingest.Users, log, out, terminal)
}

func importFile(ctx context.Context, c config.Common, i Import, read reader, log *slog.Logger, out, terminal io.Writer) (err error) {
	source, size, err := openSource(ctx, i.Source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	options := ingest.Options{
		CreateUsers: i.CreateUsers,
		MaxRejects:  i.MaxRejects,
		SkipVacuum:  i.SkipVacuum,
		TotalBytes:  size,
	}
	if i.Rejects != "" {
		if same(i.Source, i.Rejects) {
			return errors.New("--rejects must not be the file that is imported")
		}
		rejects, err := localfile.Replace(i.Rejects)
		if err != nil {
			return fmt.Errorf("--rejects: %w", err)
		}
		defer func() { err = errors.Join(err, rejects.Close()) }()
		options.Rejects = rejects
	}
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		display := progress.New(terminal)
		defer display.Close()
		options.Progress = display.Update
		report, err := read(ctx, opened, source, options)
		var rejected *ingest.RejectedError
		switch {
		case errors.As(err, &rejected):
			return fmt.Errorf("%w; --rejects FILE lists them, --max-rejects allows more", err)
		case err != nil:
			return err
		}
		display.Close()
		fmt.Fprintf(out, "%d rows: %d added, %d already there, %d rejected; %d users created\n",
			report.Rows+report.Rejected, report.Added, report.Unchanged, report.Rejected, report.UsersCreated)
		return nil
	})
}

// same tells whether two paths name one file.
func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
