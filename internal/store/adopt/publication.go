package adopt

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/migrate"
)

// The last migration creates a publication for the commit stream. While tables are copied it would only hinder, because
// PostgreSQL does not change the type of a published column. So prepare drops it again, the switch creates it when the
// tables are in place, and undo drops it before it exchanges them.

// dropPublication is the statement that drops Followgraph's publication, unless another role owns it or it contains other
// tables.
const dropPublication = `DO $followgraph$ BEGIN
	IF EXISTS (SELECT FROM pg_publication AS p WHERE p.pubname = 'followgraph' AND NOT p.puballtables AND pg_has_role(p.pubowner, 'USAGE'))
		AND NOT EXISTS (SELECT FROM pg_publication_tables WHERE pubname = 'followgraph' AND tablename NOT IN ('users', 'user_follows', 'user_follow_stats')) THEN
		DROP PUBLICATION followgraph;
	END IF;
END $followgraph$`

// publish creates Followgraph's publication for the tables in a schema, as the migration does.
func publish(ctx context.Context, tx pgx.Tx, schema string) error {
	sql, err := migrate.Publication()
	if err != nil {
		return err
	}
	var path string
	if err := tx.QueryRow(ctx, `SELECT current_setting('search_path')`).Scan(&path); err != nil {
		return fmt.Errorf("create the publication: %w", err)
	}
	err = script(ctx, tx, `SELECT set_config('search_path', `+literal(qualified(schema))+`, true)`, sql, `SELECT set_config('search_path', `+literal(path)+`, true)`)
	if err != nil {
		return fmt.Errorf("create the publication: %w", err)
	}
	return nil
}
