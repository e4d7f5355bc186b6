package store

import (
	"context"
	"fmt"
	"strconv"

	"followgraph/internal/commit"
)

var (
	commitPositionSQL = statement("commit_position", nil)
	graphTablesSQL    = statement("graph_tables", nil)
	flushLogSQL       = statement("flush_log", nil)
)

// CommitPosition returns a position that is not before any commit that was visible when it was called, and a snapshot.
func (s *Store) CommitPosition(ctx context.Context) (commit.Position, commit.Snapshot, error) {
	var system int64
	var file, lsn, visible string
	err := s.readTwice(ctx, func() error {
		return s.pool.QueryRow(ctx, commitPositionSQL).Scan(&system, &file, &lsn, &visible)
	})
	if err != nil {
		return commit.Position{}, commit.Snapshot{}, classify(ctx, err)
	}
	snapshot, err := commit.ParseSnapshot(visible)
	if err != nil {
		return commit.Position{}, commit.Snapshot{}, err
	}
	const digits = 8 // of the timeline (PostgreSQL, XLogFileName)
	timeline, err := strconv.ParseUint(file[:min(digits, len(file))], 16, 32)
	if err != nil {
		return commit.Position{}, commit.Snapshot{}, fmt.Errorf("the file of the log %q: %w", file, err)
	}
	at := commit.Position{System: uint64(system), Timeline: uint32(timeline)}
	at.LSN, err = commit.ParseLSN(lsn)
	return at, snapshot, err
}

// FlushLog flushes the log, by a commit without changes.
func (s *Store) FlushLog(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, flushLogSQL)
	return classify(ctx, err)
}

// Tables identifies the tables of the graph: by their database and schema, and by when they were created.
func (s *Store) Tables(ctx context.Context) (tables string, err error) {
	err = s.pool.QueryRow(ctx, graphTablesSQL).Scan(&tables)
	return tables, classify(ctx, err)
}
