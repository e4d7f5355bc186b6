// Package app builds and runs each subcommand from its configuration.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"followgraph/internal/config"
	"followgraph/internal/localpg"
	"followgraph/internal/store"
	"followgraph/internal/store/connection"
	"followgraph/internal/store/migrate"
)

// database is the PostgreSQL of one subcommand: the configured one, or the private one. The private one may be running
// already; otherwise the subcommand starts it.
type database struct {
	url     string
	pooler  store.Pooler
	private *localpg.Server // nil for a configured database
}

var poolers = map[string]store.Pooler{
	config.PoolerAuto: store.PoolerUnknown, config.PoolerNone: store.PoolerNone, config.PoolerTransaction: store.PoolerTransaction,
}

func openDatabase(ctx context.Context, c config.Database, log *slog.Logger) (*database, error) {
	if c.URL != "" {
		return &database{url: c.URL, pooler: poolers[c.Pooler]}, checkDatabaseFiles(c.URL)
	}
	server, err := localpg.Open(ctx, localpg.Options{Dir: c.DataDir, Durable: true, Log: log})
	if err != nil {
		return nil, err
	}
	return &database{url: server.URL(localpg.DatabaseName), pooler: store.PoolerNone, private: server}, nil
}

// openSessions is openDatabase for work that needs sessions to itself. On the address of a pooler that shares sessions,
// the error says which address to use.
func openSessions(ctx context.Context, c config.Database, log *slog.Logger) (*database, error) {
	db, err := openDatabase(ctx, c, log)
	if err != nil {
		return nil, err
	}
	switch db.pooler {
	case store.PoolerUnknown:
		err = connection.RequireSession(ctx, db.url)
	case store.PoolerTransaction:
		err = connection.ErrSharedSession
	}
	if err != nil {
		return nil, errors.Join(err, db.close(ctx))
	}
	return db, nil
}

// close releases a private PostgreSQL, even if ctx has ended.
func (d *database) close(ctx context.Context) error {
	if d.private == nil {
		return nil
	}
	return d.private.Close(context.WithoutCancel(ctx))
}

// withStore calls run with the store of a migrated database. It migrates a private PostgreSQL. For another database
// that is not migrated, the error names the command to run.
func withStore(ctx context.Context, c config.Common, log *slog.Logger, run func(*database, *store.Store) error) error {
	return withStoreOptions(ctx, c, store.Options{}, log, run)
}

// withStoreOptions is withStore with further options of the store.
func withStoreOptions(
	ctx context.Context, c config.Common, options store.Options, log *slog.Logger, run func(*database, *store.Store) error,
) error {
	return openStore(ctx, c, options, true, log, run)
}

// openStore is withStoreOptions. If migrates is false, it does not migrate a private PostgreSQL either.
func openStore(
	ctx context.Context, c config.Common, options store.Options, migrates bool, log *slog.Logger, run func(*database, *store.Store) error,
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
		options.OnRepair = (&repairs{log: log}).record
	}
	options.MaxConns, options.Pooler = int32(c.Database.MaxConnections), db.pooler
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
	return run(db, opened)
}

// logSharing logs what a pooler at the address of the database means for the program.
func logSharing(ctx context.Context, log *slog.Logger, sharing connection.Sharing, isPrepared bool) {
	switch sharing {
	case connection.TransactionPooler:
		log.InfoContext(ctx, "a pooler at the address of the database shares sessions between transactions, so no session is configured",
			"pooler", config.PoolerTransaction, "prepared_statements", isPrepared)
	case connection.SessionPooler:
		log.InfoContext(ctx, "a pooler at the address of the database gives each connection a session", "pooler", "session", "prepared_statements", isPrepared)
	}
}
