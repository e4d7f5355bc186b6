package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"followgraph/internal/config"
	"followgraph/internal/store/migrate"
)

// MigrateUp brings the database to this program's schema; baseline, where not empty, is the version that a database
// without a history already stands at.
func MigrateUp(ctx context.Context, c config.Common, baseline string, log *slog.Logger, out io.Writer) (err error) {
	db, err := openDatabase(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	options := []migrate.Option{migrate.WithLog(log)}
	if baseline != "" {
		options = append(options, migrate.WithBaseline(baseline))
	}
	applied, err := migrate.Up(ctx, db.url, options...)
	for _, file := range applied {
		fmt.Fprintf(out, "applied %s\n", file.Name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(out, "nothing to apply")
	}
	return err
}

// MigrateStatus writes where the database stands. A database that is behind is no error.
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
