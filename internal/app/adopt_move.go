package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"followgraph/internal/config"
	"followgraph/internal/ingest"
	"followgraph/internal/store"
	"followgraph/internal/store/adopt"
	"followgraph/internal/wording"
)

// AdoptMove holds the flags of the commands that move a live database.
type AdoptMove struct {
	LockWait time.Duration // maximum time to retry a lock
	Force    bool          // finish even if another program writes
	Sample   time.Duration // how long finish watches for writes of other programs
}

// Check returns an error that names an invalid flag.
func (a AdoptMove) Check() error {
	if a.LockWait < time.Second || a.LockWait > 24*time.Hour {
		return errors.New("--lock-wait must be between 1s and 24h")
	}
	if a.Sample < 0 || a.Sample > time.Hour {
		return errors.New("--sample must be between 0s and 1h")
	}
	return nil
}

// AdoptPrepare copies the tables of a live database into this program's schema, beside the existing tables. It shows
// progress on terminal.
func AdoptPrepare(ctx context.Context, c config.Common, a AdoptMove, log *slog.Logger, out, terminal io.Writer) error {
	return a.move(ctx, c, log, terminal, func(url string, options adopt.Options) error {
		start := time.Now()
		result, err := adopt.Prepare(ctx, url, options)
		if err != nil {
			return err
		}
		for _, table := range slices.Sorted(maps.Keys(result.Rows)) {
			fmt.Fprintf(out, "%s: %s copied\n", table, wording.Count(result.Rows[table], "row"))
		}
		fmt.Fprintf(out, "%s repaired\nprepared in %s; run `followgraph adopt switch` next\n", wording.Count(result.Repaired, "count"), wording.Duration(time.Since(start)))
		return nil
	})
}

// AdoptSwitch replaces the tables by the prepared copies.
func AdoptSwitch(ctx context.Context, c config.Common, a AdoptMove, log *slog.Logger, out, terminal io.Writer) error {
	return a.move(ctx, c, log, terminal, func(url string, options adopt.Options) error {
		result, err := adopt.Switch(ctx, url, options)
		if err != nil {
			return err
		}
		if result.Already {
			fmt.Fprintln(out, "the database was switched before; the switch is complete")
		} else {
			fmt.Fprintf(out, "switched; the tables were locked for %s\n", result.Locked.Round(time.Millisecond))
		}
		fmt.Fprintf(out, "%s saved for undo and removed from the tables\n", selfFollows(result.SelfFollows))
		fmt.Fprintln(out, "next: run `followgraph adopt alembic` for the service's Alembic project, start `followgraph serve`, and run `followgraph adopt link`")
		return nil
	})
}

// selfFollows returns the number of self-follows with the verb, as the start of a sentence.
func selfFollows(n int64) string {
	verb := "are"
	if n == 1 {
		verb = "is"
	}
	return wording.Count(n, "self-follow") + " " + verb
}

// AdoptUndo restores the service's schema.
func AdoptUndo(ctx context.Context, c config.Common, a AdoptMove, log *slog.Logger, out, terminal io.Writer) error {
	return a.move(ctx, c, log, terminal, func(url string, options adopt.Options) error {
		result, err := adopt.Undo(ctx, url, options)
		if err != nil {
			return err
		}
		if result.Nothing {
			fmt.Fprintln(out, "nothing to undo: no adoption is in progress, and the tables have the service's form")
			return nil
		}
		if !result.Switched {
			fmt.Fprintln(out, "undone: the tables had not been switched; everything that prepare created is removed")
			return nil
		}
		fmt.Fprintf(out, "undone; the tables were locked for %s\n", result.Locked.Round(time.Millisecond))
		fmt.Fprintf(out, "%s restored\n", selfFollows(result.SelfFollows))
		fmt.Fprintln(out, "the service does not see:")
		fmt.Fprintf(out, "- the Cognito ids of %s: followgraph_adoption.links keeps them for the next `followgraph adopt prepare`\n", wording.Count(result.Links, "account"))
		if result.NoPassword > 0 {
			fmt.Fprintf(out, "- how to sign in to %s: they have no password\n", wording.Count(result.NoPassword, "account"))
		}
		if result.Deleting > 0 {
			fmt.Fprintf(out, "- the deletion of %s in progress: some of their follows remain\n", wording.Count(result.Deleting, "account"))
		}
		for _, column := range slices.Sorted(maps.Keys(result.Cut)) {
			fmt.Fprintf(out, "- the end of %s in %s: longer than the old column\n", wording.Count(result.Cut[column], "text"), column)
		}
		if len(result.Grants) > 0 {
			fmt.Fprintln(out, "note: privileges that were granted since the switch are gone; after the next switch, grant them again:")
		}
		for _, grant := range result.Grants {
			fmt.Fprintf(out, "    %s;\n", grant)
		}
		return nil
	})
}

// AdoptFinish completes an adoption.
func AdoptFinish(ctx context.Context, c config.Common, a AdoptMove, log *slog.Logger, out, terminal io.Writer) error {
	return a.move(ctx, c, log, terminal, func(url string, options adopt.Options) error {
		if err := adopt.Finish(ctx, url, adopt.FinishOptions{Options: options, Force: a.Force, Sample: a.Sample}); err != nil {
			return err
		}
		fmt.Fprintln(out, "finished: all objects of the adoption are removed from the database")
		return nil
	})
}

// move calls run with the URL of the database.
func (a AdoptMove) move(ctx context.Context, c config.Common, log *slog.Logger, terminal io.Writer, run func(url string, options adopt.Options) error) (err error) {
	db, err := openSessions(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	display := newProgressDisplay(terminal)
	defer display.close()
	return run(db.url, adopt.Options{Log: log, Wait: a.LockWait, Progress: func(p adopt.Progress) {
		display.update(ingest.Progress{Phase: store.ImportPhase(p.What), Rows: p.Rows, TotalRows: max(p.Rows, p.Total)})
	}})
}
