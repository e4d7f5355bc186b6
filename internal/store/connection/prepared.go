package connection

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// CheckPrepared checks that prepared statements work on a connection to a pooler that shares sessions. If they do not,
// the error is an UnfitError.
//
// A pooler that supports them prepares a statement under another name in each session that needs it. If a session has
// the statement under the name that the connection gave it, the pooler only forwards the messages. All of this is one
// transaction, so it leaves nothing behind in the session.
func CheckPrepared(ctx context.Context, conn *pgconn.PgConn) (err error) {
	name := "followgraph_" + rand.Text()
	if err := conn.Exec(ctx, "BEGIN").Close(); err != nil {
		return fmt.Errorf("prepare a statement: %w", err)
	}
	if _, err := conn.Prepare(ctx, name, "SELECT 1", nil); err != nil {
		return fmt.Errorf("prepare a statement: %w", err)
	}
	result, err := conn.Exec(ctx, "SELECT FROM pg_prepared_statements WHERE name = '"+name+"'").ReadAll()
	if err != nil {
		return fmt.Errorf("look for a prepared statement: %w", err)
	}
	if err := conn.Deallocate(ctx, name); err != nil {
		return fmt.Errorf("drop a prepared statement: %w", err)
	}
	if err := conn.Exec(ctx, "COMMIT").Close(); err != nil {
		return fmt.Errorf("drop a prepared statement: %w", err)
	}
	if len(result[0].Rows) > 0 {
		return unfit("the pooler at this address shares sessions and does not support prepared statements: take " +
			"default_query_exec_mode=cache_statement out of the address, or set max_prepared_statements in PgBouncer 1.21 or later")
	}
	return nil
}
