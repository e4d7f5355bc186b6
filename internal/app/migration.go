package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"

	"followgraph/internal/config"
	"followgraph/internal/ingest"
	"followgraph/internal/store"
	"followgraph/internal/store/adopt"
	"followgraph/internal/store/migrate"
	"followgraph/internal/wording"
)

// MigrateOptions are the flags of `migrate up`.
type MigrateOptions struct {
	Baseline string // current version of a database without a history; empty: none
	Offline  bool   // adopt a database of the Python service, which is stopped
}

// MigrateUp migrates the database to this program's schema. It does not change a database of the Python service without
// Offline, and returns an error that explains what to do. It shows the progress of an adoption on terminal.
func MigrateUp(ctx context.Context, c config.Common, options MigrateOptions, log *slog.Logger, out, terminal io.Writer) (err error) {
	db, err := openSessions(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	if options.Offline {
		if isInterrupted, err := adopt.OfflineInterrupted(ctx, db.url); err != nil {
			return err
		} else if isInterrupted {
			return migrateOffline(ctx, db.url, options.Baseline, log, out, terminal)
		}
	}
	up := []migrate.Option{migrate.WithLog(log)}
	if options.Baseline != "" {
		up = append(up, migrate.WithBaseline(options.Baseline))
	}
	applied, err := migrate.Up(ctx, db.url, up...)
	for _, file := range applied {
		fmt.Fprintf(out, "applied %s\n", file.Name)
	}
	var service *migrate.ServiceError
	switch {
	case errors.As(err, &service) && options.Offline:
		return migrateOffline(ctx, db.url, options.Baseline, log, out, terminal)
	case err != nil:
		return err
	case len(applied) == 0:
		fmt.Fprintln(out, "nothing to apply")
	}
	return noteAdoption(ctx, db.url, out)
}

// noteAdoption writes the state of an adoption that is in progress.
func noteAdoption(ctx context.Context, url string, out io.Writer) error {
	report, err := adopt.CheckDatabase(ctx, url, adopt.CheckOptions{Fast: true})
	if err == nil && report.Step != "" {
		fmt.Fprintf(out, "an adoption is in progress: %s\n", report.State)
	}
	return err
}

// migrateOffline adopts a database of the Python service.
func migrateOffline(ctx context.Context, url, baseline string, log *slog.Logger, out, terminal io.Writer) error {
	display := newProgressDisplay(terminal)
	defer display.close()
	moved, err := adopt.Offline(ctx, url, adopt.Options{Log: log, Progress: func(p adopt.Progress) {
		display.update(ingest.Progress{Phase: store.ImportPhase(p.What), Rows: p.Rows, TotalRows: max(p.Rows, p.Total)})
	}}, baseline)
	display.close()
	var blocked *adopt.BlockedError
	if errors.As(err, &blocked) {
		if err := writeReport(out, blocked.Report); err != nil {
			return err
		}
		return ErrBlocked
	}
	if err != nil {
		return err
	}
	if moved.Prepare != nil {
		for _, table := range slices.Sorted(maps.Keys(moved.Prepare.Rows)) {
			fmt.Fprintf(out, "%s: %s\n", table, wording.Count(moved.Prepare.Rows[table], "row"))
		}
		fmt.Fprintf(out, "%s repaired, %s dropped\n", wording.Count(moved.Prepare.Repaired, "count"), wording.Count(moved.Switch.SelfFollows, "self-follow"))
	}
	fmt.Fprintf(out, "migrated the tables of the Python service in schema %s from revision %s to version %s; run `followgraph adopt link` next\n", moved.Schema, moved.Revision, moved.Version)
	return nil
}

// MigrateStatus writes the current version and the pending migrations of the database. Pending migrations are not an
// error.
func MigrateStatus(ctx context.Context, c config.Common, log *slog.Logger, out io.Writer) (err error) {
	db, err := openDatabase(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	state, err := migrate.Status(ctx, db.url)
	if err != nil {
		return err
	}
	current := state.Current
	if current == "" {
		current = "none"
	}
	fmt.Fprintf(out, "current %s\nlatest  %s\n", current, state.Latest)
	for _, name := range state.Pending {
		fmt.Fprintf(out, "pending %s\n", name)
	}
	for _, version := range state.Ahead {
		fmt.Fprintf(out, "unknown %s (newer than this program)\n", version)
	}
	return nil
}
