package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"followgraph/internal/config"
	"followgraph/internal/ingest"
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// ErrDrift reports that counts differ from the stored follows.
var ErrDrift = errors.New("counts differ from the stored follows: run `followgraph stats rebuild` to repair them")

// VerifyStats compares every count with the stored follows and writes each drift to out. It returns ErrDrift if there
// is any.
func VerifyStats(ctx context.Context, c config.Common, log *slog.Logger, out io.Writer) error {
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		drifts := 0
		checked, err := opened.VerifyStats(ctx, func(drift store.Drift) error {
			drifts++
			_, err := fmt.Fprintln(out, drift)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s checked, %s\n", wording.Count(checked, "user"), wording.Count(drifts, "drift"))
		if drifts > 0 {
			return ErrDrift
		}
		return nil
	})
}

// RebuildStats recomputes every count from the stored follows.
func RebuildStats(ctx context.Context, c config.Common, log *slog.Logger, out, terminal io.Writer) error {
	return withStore(ctx, c, log, func(_ *database, opened *store.Store) error {
		display := newProgressDisplay(terminal)
		defer display.close()
		repaired, err := opened.RebuildStats(ctx, func(done, total int64) {
			display.update(ingest.Progress{Phase: "repairing", Rows: done, TotalRows: total})
		})
		if err != nil {
			return err
		}
		display.close()
		fmt.Fprintf(out, "%s repaired\n", wording.Count(repaired, "count"))
		return nil
	})
}

// storeProgress returns a function that shows the progress of an import without a file.
func storeProgress(display *progressDisplay) func(store.ImportProgress) {
	return func(p store.ImportProgress) {
		display.update(ingest.Progress{Phase: p.Phase, Rows: p.Done, TotalRows: p.Total})
	}
}
