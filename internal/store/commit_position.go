package store

import (
	"context"
	"fmt"
	"strconv"

	"followgraph/internal/commit"
)

var commitPositionSQL = statement("commit_position", nil)

// CommitPosition returns a position that is not before any commit that was visible when it was called.
func (s *Store) CommitPosition(ctx context.Context) (commit.Position, error) {
	var system int64
	var file, lsn string
	if err := s.pool.QueryRow(ctx, commitPositionSQL).Scan(&system, &file, &lsn); err != nil {
		return commit.Position{}, classify(ctx, err)
	}
	const digits = 8 // of the timeline (PostgreSQL, XLogFileName)
	timeline, err := strconv.ParseUint(file[:min(digits, len(file))], 16, 32)
	if err != nil {
		return commit.Position{}, fmt.Errorf("the file of the log %q: %w", file, err)
	}
	at := commit.Position{System: uint64(system), Timeline: uint32(timeline)}
	at.LSN, err = commit.ParseLSN(lsn)
	return at, err
}
