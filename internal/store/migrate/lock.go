package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"
)

// lockName is what Atlas's command line locks while it applies migrations.
const lockName = "atlas_migrate_execute"

// lockRetry is how often a waiting instance asks again.
const lockRetry = 50 * time.Millisecond

// lock takes the advisory lock that Atlas's command line takes, for the session of
// conn. It waits until ctx ends.
func lock(ctx context.Context, conn *sql.Conn, log *slog.Logger) error {
	ticker := time.NewTicker(lockRetry)
	defer ticker.Stop()
	for said := false; ; said = true {
		// Asking again rather than waiting inside the server: a statement that waits
		// there holds a snapshot, on which CREATE INDEX CONCURRENTLY would wait.
		var locked bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, LockKey()).Scan(&locked); err != nil {
			return fmt.Errorf("lock the migration history: %w", err)
		}
		if locked {
			return nil
		}
		if !said {
			log.InfoContext(ctx, "another process migrates this database; waiting for it")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for another process that migrates this database: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}
