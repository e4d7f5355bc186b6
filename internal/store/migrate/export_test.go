package migrate

import (
	"context"
	"io/fs"
	"log/slog"
)

// UpFrom is Up with another directory than this binary's own.
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
