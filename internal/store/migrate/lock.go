package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"
)

// lockName is the name of the advisory lock that Atlas's command line holds while it applies migrations.
const lockName = "atlas_migrate_execute"

// lockRetry is the interval at which a waiting instance retries.
const lockRetry = 50 * time.Millisecond

// lock takes the advisory lock of Atlas's command line for the session of conn. It waits until ctx ends.
func lock(ctx context.Context, conn *sql.Conn, log *slog.Logger) error {
	ticker := time.NewTicker(lockRetry)
	defer ticker.Stop()
	for logged := false; ; logged = true {
		// Retry instead of waiting in the server: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY
		// would wait for that.
		var locked bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, LockKey()).Scan(&locked); err != nil {
			return fmt.Errorf("lock the migration history: %w", err)
		}
		if locked {
			return nil
		}
		if !logged {
			log.InfoContext(ctx, "waiting for another process that migrates this database")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for another process that migrates this database: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// LockKey returns the key of the advisory lock that protects changes of a database's schema. Up, Atlas's command line
// and adoptions hold it.
func LockKey() int64 {
	hash := fnv.New32()
	_, _ = hash.Write([]byte(lockName)) // never fails
	return int64(hash.Sum32())
}
