package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/process"
)

// Protect records in the database what Restore needs: the follows, by their ids, that requests may end, and the users,
// by their Cognito ids, whose accounts they may change. It replaces earlier records.
func (c *Cluster) Protect(ctx context.Context, follows []int64, users []string) error {
	return c.change(ctx, func(tx pgx.Tx) error {
		for _, statement := range []struct {
			sql  string
			args []any
		}{
			{sql: "DROP SCHEMA IF EXISTS bench CASCADE"},
			{sql: "CREATE SCHEMA bench"},
			{sql: "CREATE TABLE bench.highest AS SELECT coalesce(max(id), 0) AS id FROM user_follows"},
			{sql: "CREATE TABLE bench.follows AS SELECT id, follower_id, following_id, created_at FROM user_follows WITH NO DATA"},
			{sql: "INSERT INTO bench.follows SELECT id, follower_id, following_id, created_at FROM user_follows WHERE id = ANY ($1)",
				args: []any{follows}},
			{sql: "CREATE TABLE bench.users AS SELECT cognito_id, firstname, password_hash, updated_at FROM users WITH NO DATA"},
			{sql: "INSERT INTO bench.users SELECT cognito_id, firstname, password_hash, updated_at FROM users WHERE cognito_id = ANY ($1)",
				args: []any{users}},
		} {
			if _, err := tx.Exec(ctx, statement.sql, statement.args...); err != nil {
				return fmt.Errorf("%s: %w", statement.sql, err)
			}
		}
		return nil
	})
}

// CheckCounts runs the product to compare all counts with the follows.
func (c *Cluster) CheckCounts(ctx context.Context) error {
	var printed bytes.Buffer
	if _, err := process.Run(ctx, nil, &printed, c.followgraph, "stats", "verify", "--database-url", c.URL, "--log-level=warn"); err != nil {
		return fmt.Errorf("followgraph stats verify: %w: %.500s", err, &printed)
	}
	return nil
}

// Restore is Undo for measured runs. It also vacuums, so that a run does not find dead rows of the previous one. It
// writes a checkpoint first. So none occurs during the next run, and the pages that it will write are already in the
// log as full-page images (PostgreSQL: full_page_writes).
func (c *Cluster) Restore(ctx context.Context) error {
	if err := c.checkpoint(ctx); err != nil {
		return err
	}
	if err := c.Undo(ctx); err != nil {
		return err
	}
	return c.connected(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, vacuum)
		return err
	})
}

// checkpoint needs PostgreSQL's superuser.
func (c *Cluster) checkpoint(ctx context.Context) error {
	config, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return err
	}
	config.User = "postgres"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CHECKPOINT")
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

// vacuum also processes indexes with few dead rows, which PostgreSQL skips by default.
const vacuum = "VACUUM (ANALYZE, INDEX_CLEANUP ON) users, user_follows, user_follow_stats"

// Undo restores the data as they were when Protect was called. The product repairs the counts.
func (c *Cluster) Undo(ctx context.Context) error {
	err := c.change(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			"DELETE FROM user_follows WHERE id > (SELECT id FROM bench.highest)",
			`INSERT INTO user_follows (id, follower_id, following_id, created_at) OVERRIDING SYSTEM VALUE
			SELECT * FROM bench.follows b WHERE NOT EXISTS (SELECT FROM user_follows f WHERE f.id = b.id)`,
			`UPDATE users u SET firstname = b.firstname, password_hash = b.password_hash, updated_at = b.updated_at
			FROM bench.users b WHERE u.cognito_id = b.cognito_id
				AND (u.firstname, u.password_hash, u.updated_at) IS DISTINCT FROM (b.firstname, b.password_hash, b.updated_at)`,
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := process.Run(ctx, nil, io.Discard, c.followgraph, "stats", "rebuild", "--database-url", c.URL, "--log-level=warn"); err != nil {
		return fmt.Errorf("followgraph stats rebuild: %w", err)
	}
	return nil
}

// undoInterrupted restores the data after a process that ended without doing so.
func (c *Cluster) undoInterrupted(ctx context.Context, conn *pgx.Conn) error {
	var protected bool
	if err := conn.QueryRow(ctx, "SELECT to_regnamespace('bench') IS NOT NULL").Scan(&protected); err != nil || !protected {
		return err
	}
	if err := c.Undo(ctx); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "DROP SCHEMA bench CASCADE")
	return err
}

func (c *Cluster) change(ctx context.Context, work func(pgx.Tx) error) error {
	return c.connected(ctx, func(conn *pgx.Conn) error { return pgx.BeginFunc(ctx, conn, work) })
}

func (c *Cluster) connected(ctx context.Context, work func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.URL)
	if err != nil {
		return err
	}
	return errors.Join(work(conn), conn.Close(context.WithoutCancel(ctx)))
}
