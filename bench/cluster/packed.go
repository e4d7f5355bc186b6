package cluster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/dataset"
)

// copyFollows writes the follows and the counts of a graph whose users exist, and builds the indexes of the follows
// afterwards. It is several times as fast as an import, and the pages of the indexes are as full as after REINDEX.
func copyFollows(ctx context.Context, url string, graph *dataset.Graph) (took time.Duration, err error) {
	began := time.Now()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// In the transaction of the TRUNCATE nothing is logged, if wal_level allows it.
		if _, err := tx.Exec(ctx, "TRUNCATE user_follows, user_follow_stats; SET LOCAL maintenance_work_mem = '1GB'"); err != nil {
			return err
		}
		rebuild, err := dropIndexes(ctx, tx)
		if err != nil {
			return err
		}
		rows := newFollowRows(graph)
		defer rows.stop()
		n, err := tx.CopyFrom(ctx, pgx.Identifier{"user_follows"}, []string{"follower_id", "following_id", "created_at"}, rows)
		if err != nil {
			return err
		}
		if n != int64(graph.Follows) {
			return fmt.Errorf("copied %d of %d follows", n, graph.Follows)
		}
		for _, sql := range append(rebuild, countFollows) {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	})
	return time.Since(began), err
}

const countFollows = `INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
	SELECT user_id, sum(followers), sum(followings) FROM (
		SELECT following_id AS user_id, count(*) AS followers, 0 AS followings FROM user_follows GROUP BY 1
		UNION ALL SELECT follower_id, 0, count(*) FROM user_follows GROUP BY 1
	) AS ends GROUP BY user_id ORDER BY user_id`

// dropIndexes drops the indexes of user_follows, and returns the statements that build them again.
func dropIndexes(ctx context.Context, tx pgx.Tx) (rebuild []string, err error) {
	rows, _ := tx.Query(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), coalesce(c.conname::text, ''), coalesce(pg_get_constraintdef(c.oid), '')
		FROM pg_index AS i LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
		WHERE i.indrelid = 'user_follows'::regclass ORDER BY 1`)
	var drop []string
	var index, definition, constraint, condition string
	_, err = pgx.ForEachRow(rows, []any{&index, &definition, &constraint, &condition}, func() error {
		if constraint == "" {
			drop, rebuild = append(drop, "DROP INDEX "+index), append(rebuild, definition)
			return nil
		}
		name := pgx.Identifier{constraint}.Sanitize()
		drop = append(drop, "ALTER TABLE user_follows DROP CONSTRAINT "+name)
		rebuild = append(rebuild, "ALTER TABLE user_follows ADD CONSTRAINT "+name+" "+condition)
		return nil
	})
	for _, sql := range drop {
		if err == nil {
			_, err = tx.Exec(ctx, sql)
		}
	}
	return rebuild, err
}

// followRows is the follows of a graph as the source of a COPY.
type followRows struct {
	next func() (followRow, bool)
	stop func()
	row  followRow
}

type followRow struct {
	follower, following string
	at                  time.Time
}

func newFollowRows(graph *dataset.Graph) *followRows {
	var r followRows
	r.next, r.stop = iter.Pull(func(yield func(followRow) bool) {
		graph.EachFollow(func(follower, following string, at time.Time) bool { return yield(followRow{follower, following, at}) })
	})
	return &r
}

func (r *followRows) Next() (ok bool) {
	r.row, ok = r.next()
	return ok
}

func (r *followRows) Values() ([]any, error) {
	return []any{r.row.follower, r.row.following, r.row.at}, nil
}
func (r *followRows) Err() error { return nil }
