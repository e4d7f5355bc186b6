// Package app wires the rooms together: what each subcommand does, built from a configuration.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"followgraph/internal/config"
	"followgraph/internal/localpg"
	"followgraph/internal/store"
	"followgraph/internal/store/migrate"
)

// database is a PostgreSQL that one subcommand works on: the configured one, or the private one, which
// runs already or is started for as long as it is used.
type database struct {
	url     string
	private *localpg.Server // nil where the database is a configured one
}

func openDatabase(ctx context.Context, c config.Database, log *slog.Logger) (*database, error) {
	if c.URL != "" {
		return &database{url: c.URL}, checkDatabaseFiles(c.URL)
	}
	server, err := localpg.Open(ctx, localpg.Options{Dir: c.DataDir, Durable: true, Log: log})
	if err != nil {
		return nil, err
	}
	return &database{url: server.URL(localpg.DatabaseName), private: server}, nil
}

// close leaves a private PostgreSQL, also when ctx has ended.
func (d *database) close(ctx context.Context) error {
	if d.private == nil {
		return nil
	}
	return d.private.Close(context.WithoutCancel(ctx))
}

// withStore runs do on a migrated database. A private PostgreSQL is migrated here; any other must have been, and
// where it was not the error says which command does it.
func withStore(ctx context.Context, c config.Common, log *slog.Logger, do func(*database, *store.Store) error) error {
	return withStoreOptions(ctx, c, store.Options{}, log, do)
}

// withStoreOptions is withStore with options beside those of the configuration that all commands share.
func withStoreOptions(
	ctx context.Context, c config.Common, options store.Options, log *slog.Logger, do func(*database, *store.Store) error,
) error {
	return onStore(ctx, c, options, true, log, do)
}

// onStore is withStoreOptions; without migrates a private PostgreSQL has to be migrated as any other.
func onStore(
	ctx context.Context, c config.Common, options store.Options, migrates bool, log *slog.Logger, do func(*database, *store.Store) error,
) (err error) {
	db, err := openDatabase(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	if db.private != nil && migrates {
		if _, err := migrate.Up(ctx, db.url, migrate.WithLog(log)); err != nil {
			return err
		}
	}
	if options.OnRepair == nil {
		options.OnRepair = (&repairs{log: log}).told
	}
	options.MaxConns = int32(c.Database.MaxConnections)
	opened, err := store.Open(ctx, db.url, options)
	if err != nil {
		return err
	}
	defer opened.Close()
	state, err := opened.MigrationState(ctx)
	if err != nil {
		return fmt.Errorf("the database cannot be used: %w", err)
	}
	if state.IsAhead() {
		log.WarnContext(ctx, "the database is newer than this program", "current", state.Current, "latest", state.Latest)
	}
	return do(db, opened)
}
