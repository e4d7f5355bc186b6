package store

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"followgraph/internal/model"
)

var (
	importFollowsStage   = statement("import_follows_stage", nil)
	importFollowsReady   = statement("import_follows_ready", nil)
	importFollowsMerge   = statement("import_follows_merge", mergeOptions{MayRepeat: true})
	importFollowsIDs     = statement("import_follows_ids", nil)
	importFollowsAdd     = statement("import_follows_merge", mergeOptions{MayRepeat: false})
	importFollowsPreview = statement("import_follows_preview", nil)
)

// ImportFollows adds follows and updates the counts. If two follows have the same time, the later row is the newer
// follow. A follow that already exists does not change.
//
// ImportFollows reads all rows before it writes. If rows yields an error, ImportFollows returns it unchanged and
// imports nothing. The import then runs in chunks, and the counts are exact after each chunk. After an interruption,
// running the same import again adds the missing follows.
//
// The caller must ensure that ids are valid and that no row is a self-follow.
func (s *Store) ImportFollows(
	ctx context.Context, rows iter.Seq2[model.FollowRecord, error], opts ImportOptions,
) (ImportResult, error) {
	var result ImportResult
	m, err := s.startImport(ctx, opts)
	if err != nil {
		return result, err
	}
	defer m.close(ctx)

	if result.Rows, err = m.stageFollows(ctx, rows); err != nil {
		return result, err
	}
	if opts.DryRun {
		err := m.conn.QueryRow(ctx, importFollowsPreview, opts.CreateUsers).Scan(&result.Added, &result.UsersCreated)
		result.Unchanged = result.Rows - result.Added
		return result, classify(ctx, err)
	}
	tables := "user_follows, user_follow_stats"
	if opts.CreateUsers {
		tables += ", users"
		// Accounts are created first, so that after an interruption all imported follows have accounts.
		if result.UsersCreated, err = m.createUsers(ctx); err != nil {
			return result, err
		}
	}
	result.Added, err = m.merge(ctx, PhaseMerge, result.Rows, m.opts.ChunkRows, m.mergeFollows)
	if err != nil {
		return result, err
	}
	result.Unchanged = result.Rows - result.Added
	return result, m.vacuum(ctx, tables)
}

func (m *importer) stageFollows(ctx context.Context, rows iter.Seq2[model.FollowRecord, error]) (int64, error) {
	if err := m.script(ctx, importFollowsStage); err != nil {
		return 0, err
	}
	columns := []string{"line", "follower_id", "following_id", "created_at"}
	staged, err := stage(ctx, m, "import_follows", columns, rows, func(line int64, row model.FollowRecord) []any {
		if row.CreatedAt.IsZero() {
			return []any{line, row.FollowerID, row.FollowingID, nil}
		}
		return []any{line, row.FollowerID, row.FollowingID, row.CreatedAt}
	})
	if err != nil {
		return 0, err
	}
	return staged, m.script(ctx, importFollowsReady)
}

// mergeOptions is the template data of the statement that merges follows.
type mergeOptions struct{ MayRepeat bool }

// mergeFollows merges the lines from (inclusive) to (exclusive) and returns how many follows were new.
//
// Checking first whether a follow exists takes a quarter of the time. Most graphs are new and have no duplicates, so
// the check is used only after a chunk has failed because a follow already existed.
func (m *importer) mergeFollows(ctx context.Context, from, to int64) (int64, error) {
	if !m.repeats {
		added, err := m.mergeFollowsBy(ctx, importFollowsAdd, from, to)
		if !isUniqueViolation(err) {
			return added, err
		}
		m.repeats = true
	}
	return m.mergeFollowsBy(ctx, importFollowsMerge, from, to)
}

func (m *importer) mergeFollowsBy(ctx context.Context, sql string, from, to int64) (added int64, err error) {
	deltas := func() (countDeltas, error) {
		rows, _ := m.conn.Query(ctx, importFollowsIDs, from, to)
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		return countDeltas{ids, make([]int64, len(ids)), make([]int64, len(ids))}, err
	}
	err = m.store.withCountRepair(ctx, m.conn, deltas, 0, func() error {
		rows, _ := m.conn.Query(ctx, sql, from, to, m.now)
		added, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
		return err
	})
	return added, err
}

func isUniqueViolation(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == uniqueViolation
}
