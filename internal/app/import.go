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
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// Import holds the options of an import.
type Import struct {
	Source      string // a file's path; - is standard input
	CreateUsers bool   // for edges: create accounts for unknown ids
	MaxRejects  int64
	Rejects     string // file for invalid rows; empty: none
	SkipVacuum  bool
	DryRun      bool
	Format      ingest.Format
}

// reader is ingest.Edges or ingest.Users.
type reader func(context.Context, ingest.Store, io.Reader, ingest.Options) (ingest.Report, error)

// ImportEdges imports follows. It writes the result to out and shows progress on terminal.
func ImportEdges(ctx context.Context, c config.Common, i Import, log *slog.Logger, out, terminal io.Writer) error {
	return importFile(ctx, c, i, ingest.Edges, log, out, terminal)
}

// ImportUsers imports accounts. It writes the result to out and shows progress on terminal.
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
		DryRun:      i.DryRun,
		Format:      i.Format,
		TotalBytes:  size,
	}
	if i.Rejects != "" {
		if isSameFile(i.Source, i.Rejects) {
			return errors.New("--rejects must not be the input file")
		}
		rejects, err := localfile.Replace(i.Rejects)
		if err != nil {
			return fmt.Errorf("--rejects: %w", err)
		}
		defer func() { err = errors.Join(err, rejects.Close()) }()
		options.Rejects = rejects
	}
	options.Understood = func(layout ingest.Layout) { fmt.Fprintf(out, "read as: %s\n", layout) }
	importInto := func(into ingest.Store) error {
		display := newProgressDisplay(terminal)
		defer display.close()
		options.Progress = display.update
		report, err := read(ctx, into, source, options)
		var rejected *ingest.RejectedError
		switch {
		case errors.As(err, &rejected):
			return fmt.Errorf("%w; %s; --rejects FILE lists all, --max-rejects allows more", err, rejected.Help())
		case err != nil:
			return err
		}
		display.close()
		printReport(out, report, i.DryRun)
		return nil
	}
	if i.DryRun && lacksDatabase(c.Database) {
		return importInto(new(emptyStore))
	}
	return openStore(ctx, c, store.Options{}, !i.DryRun, log, func(_ *database, opened *store.Store) error {
		return importInto(opened)
	})
}

// printReport writes the result of an import. After a dry run it writes the result that a real import would have.
func printReport(out io.Writer, report ingest.Report, isDry bool) {
	for _, row := range report.First {
		fmt.Fprintf(out, "row: %s\n", row)
	}
	for _, line := range []struct {
		count int64
		text  string
	}{
		{report.Comments, "skipped: comments"}, {report.Headers, "skipped: repeated header"},
		{report.Others, "skipped: rules and totals around the rows"}, {report.NoZone, "with a time without a time zone, read as UTC"},
		{report.NoTime, "with an empty time, dated to the time of the import"},
	} {
		if line.count > 0 {
			fmt.Fprintf(out, "%s %s\n", wording.Count(line.count, "line"), line.text)
		}
	}
	if report.Rejects != "" {
		fmt.Fprintf(out, "rejected: %s\n", report.Rejects)
	}
	added, created := "added", "created"
	if isDry {
		added, created = "would be added", "would be created"
	}
	fmt.Fprintf(out, "%s: %d %s, %d already there, %d rejected; %s %s\n", wording.Count(report.Rows+report.Rejected, "row"),
		report.Added, added, report.Unchanged, report.Rejected, wording.Count(report.UsersCreated, "user"), created)
	if isDry {
		fmt.Fprintln(out, "dry run: nothing was written")
	}
}

// isSameFile reports whether two paths refer to the same file.
func isSameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
