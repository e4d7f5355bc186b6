package migrate_test

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// later is the version of a migration after all others.
const later = "29990101000000_test.sql"

// eventLog is a log that passes messages on.
type eventLog struct {
	slog.Handler
	messages chan string
}

func newEventLog() (*slog.Logger, <-chan string) {
	l := eventLog{slog.DiscardHandler, make(chan string, 100)}
	return slog.New(l), l.messages
}

func (l eventLog) Enabled(context.Context, slog.Level) bool { return true }

func (l eventLog) Handle(_ context.Context, r slog.Record) error {
	l.messages <- r.Message
	return nil
}

func (l eventLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// waitForLock returns when a migration has given up a wait for a lock.
func waitForLock(messages <-chan string) {
	for message := range messages {
		if strings.Contains(message, "waits for a lock") {
			return
		}
	}
}

func requireExec(t *testing.T, db interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, statement string,
) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

func one[T any](t *testing.T, db *sql.DB, query string) (value T) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&value))
	return value
}

// TestMigrationDoesNotBlockReads migrates a table that a long transaction uses. Other reads of the table wait for at
// most lockTimeout, and the migration succeeds after the transaction has ended.
func TestMigrationDoesNotBlockReads(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db := connect(t, url)
	long, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	requireExec(t, long, "SELECT FROM users")

	log, messages := newEventLog()
	done := make(chan error, 1)
	go func() {
		_, err := migrate.UpFrom(t.Context(), url, with(t, later, "ALTER TABLE users ADD COLUMN nickname text;"), migrate.WithLog(log))
		done <- err
	}()
	reader := connect(t, url)
	reader.SetMaxOpenConns(1)
	requireExec(t, reader, "SET statement_timeout = '20s'") // 20 times lockTimeout
	waitForLock(messages)
	requireExec(t, reader, "SELECT FROM users")
	waitForLock(messages)
	requireExec(t, reader, "SELECT FROM users")
	require.Empty(t, done)
	require.NoError(t, long.Rollback())
	require.NoError(t, <-done)
	requireExec(t, db, "SELECT nickname FROM users")
	require.Equal(t, int64(1), one[int64](t, db, "SELECT applied FROM atlas_schema_revisions.atlas_schema_revisions WHERE version = '29990101000000'"))
}

// TestBlockedMigrationEndsWithItsContext checks that a migration that waits for locks can be interrupted, and says why
// it did not run.
func TestBlockedMigrationEndsWithItsContext(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	long, err := connect(t, url).BeginTx(t.Context(), nil)
	require.NoError(t, err)
	requireExec(t, long, "SELECT FROM users")
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	_, err = migrate.UpFrom(ctx, url, with(t, later, "ALTER TABLE users ADD COLUMN nickname text;"))
	require.ErrorContains(t, err, "lock timeout")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, long.Rollback())
}

const concurrentFile = `-- atlas:txmode none

CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_test_city ON users (city);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_test_country ON users (country);
`

// TestConcurrentIndex interrupts a migration that builds an index outside a transaction, which leaves an invalid index.
// The next run drops it and builds it again. Writes continue meanwhile.
func TestConcurrentIndex(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db := connect(t, url)
	files := with(t, later, concurrentFile)
	const indexes = "SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text LIKE 'ix_test_%' AND indisvalid"
	const invalid = "SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text LIKE 'ix_test_%' AND NOT indisvalid"

	long, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	requireExec(t, long, "INSERT INTO users (username, phone_number, password_hash) VALUES ('ada', '1', '!')") // the index waits for it
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := migrate.UpFrom(ctx, url, files)
		done <- err
	}()
	require.Eventually(t, func() bool { return one[int](t, db, invalid) == 1 }, time.Minute, 5*time.Millisecond)
	requireExec(t, db, "SET statement_timeout = '20s'")
	requireExec(t, db, "INSERT INTO users (username, phone_number, password_hash) VALUES ('bob', '2', '!')")
	cancel()
	require.Error(t, <-done)
	require.Equal(t, 1, one[int](t, db, invalid), "as an interruption leaves it")
	_, err = migrate.Status(t.Context(), url)
	require.NoError(t, err)

	require.NoError(t, long.Rollback())
	applied, err := migrate.UpFrom(t.Context(), url, files)
	require.NoError(t, err)
	require.Len(t, applied, 1)
	require.Equal(t, 0, one[int](t, db, invalid))
	require.Equal(t, 2, one[int](t, db, indexes))
	applied, err = migrate.UpFrom(t.Context(), url, files)
	require.NoError(t, err)
	require.Empty(t, applied)
}

// TestStatementsContinue checks that a file without a transaction continues with the statement that failed.
func TestStatementsContinue(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db := connect(t, url)
	files := with(t, later, "-- atlas:txmode none\n\nCREATE TABLE first_one ();\nINSERT INTO second_one DEFAULT VALUES;\n")
	_, err := migrate.UpFrom(t.Context(), url, files)
	require.ErrorContains(t, err, "continues with this statement")
	require.ErrorContains(t, err, "statement 2 of 2")
	var missing *pgconn.PgError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "42P01", missing.Code)
	requireExec(t, db, "CREATE TABLE second_one ()")
	_, err = migrate.UpFrom(t.Context(), url, files)
	require.NoError(t, err)
	require.Equal(t, 1, one[int](t, db, "SELECT count(*) FROM second_one"))
}

// TestTransactionalText checks the form of such a file for a schema that is created in one transaction.
func TestTransactionalText(t *testing.T) {
	t.Parallel()
	text := migrate.Transactional(atlas.NewLocalFile(later, []byte(concurrentFile)))
	require.Contains(t, text, "CREATE INDEX IF NOT EXISTS ix_test_city")
	require.NotContains(t, text, "CONCURRENTLY")
	require.Equal(t, "-- INDEX CONCURRENTLY", migrate.Transactional(atlas.NewLocalFile(later, []byte("-- INDEX CONCURRENTLY"))))
}

// TestConcurrentIndexOfNewDatabase applies a file without a transaction as the first one of a history.
func TestConcurrentIndexOfNewDatabase(t *testing.T) {
	t.Parallel()
	url := testdb.NewEmpty(t)
	files := directory(t, fstest.MapFS{"20000101000000_first.sql": {Data: []byte("-- atlas:txmode none\n\nCREATE TABLE first_one ();\n")}})
	applied, err := migrate.UpFrom(t.Context(), url, files)
	require.NoError(t, err)
	require.Len(t, applied, 1)
}
