package migrate

import (
	"context"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
)

// Transactional is the text of a file for one transaction.
var Transactional = transactional

// UpFrom is Up with another directory.
func UpFrom(ctx context.Context, databaseURL string, from fs.FS, opts ...Option) ([]File, error) {
	dir, err := openDirectory(from)
	if err != nil {
		return nil, err
	}
	set := settings{log: slog.New(slog.DiscardHandler)}
	for _, opt := range opts {
		opt(&set)
	}
	return up(ctx, databaseURL, dir, set)
}

// CheckCollation checks a collation as Up does with one pending migration.
func CheckCollation(ctx context.Context, databaseURL, collation string) error {
	db, err := open(databaseURL, pgx.QueryExecModeDescribeExec)
	if err != nil {
		return err
	}
	defer db.Close()
	return checkCollation(ctx, db, collation, []string{"20261130030000_spelling.sql"})
}
