package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/config"
	"followgraph/internal/graphverify"
	"followgraph/internal/mirror"
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// ErrGraphDiffers reports that the graph in memory differs from SQL.
var ErrGraphDiffers = errors.New("the graph in memory differs from SQL")

// VerifyGraph holds the options of `graph verify`.
type VerifyGraph struct {
	StreamURL      string   // where the graph is loaded from; empty: the database
	Admin          AdminURL // of a running server; zero: load the graph and compare that
	MaxDifferences int64    // maximum number of differences to print
}

// graphSource is a graph in memory at one commit, with a snapshot of the database at the same commit.
type graphSource struct {
	what     string // for the result
	position commit.Position
	snapshot string // name; it can be opened until dump is called
	// dump returns the dump of the graph. The caller reads it to its end or closes it.
	dump  func(context.Context) (io.ReadCloser, error)
	close func()
}

// Run compares every user, list, order, time and count of a graph in memory with SQL at the same commit. It writes each
// difference and the result to out. It returns ErrGraphDiffers if there is any difference.
func (v VerifyGraph) Run(ctx context.Context, c config.Common, log *slog.Logger, out io.Writer) error {
	at := c // where the rows are read
	if v.StreamURL != "" {
		at.Database.URL = v.StreamURL // a snapshot can only be read on the server that has made it
	}
	if !v.Admin.isZero() {
		return withStore(ctx, at, log, func(_ *database, opened *store.Store) error {
			return v.verify(ctx, v.Admin.openGraph, opened, log, out)
		})
	}
	return withStore(ctx, c, log, func(db *database, primary *store.Store) error {
		open := openFreshGraph(mirror.StreamOf(db.url, v.StreamURL, primary))
		if v.StreamURL == "" {
			return v.verify(ctx, open, primary, log, out)
		}
		return withStore(ctx, at, log, func(_ *database, opened *store.Store) error { return v.verify(ctx, open, opened, log, out) })
	})
}

// verify compares the graph that open opens with SQL.
func (v VerifyGraph) verify(
	ctx context.Context, open func(context.Context) (*graphSource, error), opened *store.Store, log *slog.Logger, out io.Writer,
) error {
	source, err := open(ctx)
	if err != nil {
		return err
	}
	defer source.close()
	snapshot, err := opened.OpenGraphSnapshot(ctx, source.snapshot)
	if err != nil {
		return source.explain(err)
	}
	defer snapshot.Close(ctx)
	if err := source.check(ctx, snapshot); err != nil {
		return err
	}
	return v.compare(ctx, source, snapshot, log, out)
}

func (v VerifyGraph) compare(ctx context.Context, source *graphSource, sql graphverify.SQL, log *slog.Logger, out io.Writer) error {
	dump, err := source.dump(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = dump.Close() }() // it was only read
	logged := time.Now()
	result, err := graphverify.Compare(ctx, dump, sql, graphverify.Options{
		Most: v.MaxDifferences,
		Report: func(line string) error {
			_, err := fmt.Fprintln(out, line)
			return err
		},
		Progress: func(phase string, rows int64) {
			if now := time.Now(); now.Sub(logged) >= lineInterval {
				logged = now
				log.InfoContext(ctx, "comparing the graph with SQL", "part", phase, "rows", rows)
			}
		},
	})
	if more := result.Differences - v.MaxDifferences; more > 0 {
		fmt.Fprintf(out, "and %s more\n", wording.Count(more, "difference"))
	}
	if err != nil {
		return fmt.Errorf("compare the graph with SQL, after %s: %w", wording.Count(result.Differences, "difference"), err)
	}
	fmt.Fprintf(out, "%s compared with SQL at position %s: %s, %s, %s; %s\n", source.what, source.position,
		wording.Count(result.Users, "user"), wording.Count(result.Follows, "follow"), wording.Count(result.Counts, "row")+" of counts",
		wording.Count(result.Differences, "difference"))
	if result.Differences > 0 {
		return ErrGraphDiffers
	}
	return nil
}

// explain adds what to do to an error of opening the snapshot.
func (s *graphSource) explain(err error) error {
	return fmt.Errorf("%w: the database of this command must be the one that the server reads, on the same host", err)
}

// check checks that the database belongs to the cluster of the graph: names of snapshots are not unique.
func (s *graphSource) check(ctx context.Context, snapshot *store.GraphSnapshot) error {
	system, err := snapshot.System(ctx)
	if err != nil {
		return err
	}
	if system != s.position.System {
		return s.explain(errors.New("this is another database system"))
	}
	return nil
}
