package migrate_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

var all = []string{base, fullname, profile, avatarString, follows, stats, own, bytewise, accounts, letterCase, localIDs, searchKeys, publication, spelling, byFollowers, searchWords, searchNames}

func TestUpAppliesEverythingOnce(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)

	applied, err := migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Equal(t, all, versions(applied))

	applied, err = migrate.Up(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Empty(t, applied)
}

func TestUpStartedTogether(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	var (
		started sync.WaitGroup
		applied [8][]migrate.File
		errs    [8]error
	)
	for i := range applied {
		started.Go(func() { applied[i], errs[i] = migrate.Up(t.Context(), databaseURL) })
	}
	started.Wait()

	require.NoError(t, errors.Join(errs[:]...))
	var together []string
	for _, files := range applied {
		together = append(together, versions(files)...)
	}
	require.Equal(t, all, together, "one instance applies everything, the others nothing")
}

// logRecorder signals each log message.
type logRecorder struct {
	slog.Handler
	messages chan string
}

func (s logRecorder) Enabled(context.Context, slog.Level) bool { return true }

func (s logRecorder) Handle(_ context.Context, record slog.Record) error {
	s.messages <- record.Message
	return nil
}

// holdLock takes the lock that Atlas's command line holds while it applies migrations, through Atlas's own code.
func holdLock(t *testing.T, databaseURL string) (release func()) {
	t.Helper()
	driver, err := postgres.Open(connect(t, databaseURL))
	require.NoError(t, err)
	unlock, err := driver.(schema.Locker).Lock(t.Context(), "atlas_migrate_execute", 0)
	require.NoError(t, err)
	return func() { require.NoError(t, unlock()) }
}

func TestUpWaitsForAtlas(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	release := holdLock(t, databaseURL)
	log := logRecorder{Handler: slog.DiscardHandler, messages: make(chan string, 100)}
	var (
		applied []migrate.File
		err     error
		done    = make(chan struct{})
	)
	go func() {
		defer close(done)
		applied, err = migrate.Up(t.Context(), databaseURL, migrate.WithLog(slog.New(log)))
	}()
	require.Equal(t, "waiting for another process that migrates this database", <-log.messages)
	state, stateErr := migrate.Status(t.Context(), databaseURL)
	require.NoError(t, stateErr, "the status takes no lock")
	require.Empty(t, state.Applied)

	release()
	<-done
	require.NoError(t, err)
	require.Equal(t, all, versions(applied))
}

func TestUpGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	release := holdLock(t, databaseURL)
	defer release()
	log := logRecorder{Handler: slog.DiscardHandler, messages: make(chan string, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := migrate.Up(ctx, databaseURL, migrate.WithLog(slog.New(log)))
		done <- err
	}()
	<-log.messages
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	const name = "20990101000000_broken.sql"
	broken := with(t, name, "CREATE TABLE half (id bigint);\n\n-- Fails.\nINSERT INTO half\nSELECT 1 / 0;\n")

	applied, err := migrate.UpFrom(t.Context(), databaseURL, broken)
	require.Equal(t, all, versions(applied), "what came before stays")
	require.EqualError(t, err, `migration 20990101000000_broken.sql failed and left nothing behind: `+
		`statement 2 of 2, line 4, "INSERT INTO half": ERROR: division by zero (SQLSTATE 22012)`)
	db := connect(t, databaseURL)
	require.Empty(t, lines(t, db, `SELECT relname FROM pg_class WHERE relname = 'half'`))
	require.Empty(t, lines(t, db, `SELECT version FROM atlas_schema_revisions.atlas_schema_revisions WHERE version > '2099'`))

	repaired := with(t, name, "CREATE TABLE half (id bigint);")
	applied, err = migrate.UpFrom(t.Context(), databaseURL, repaired)
	require.NoError(t, err)
	require.Equal(t, []string{"20990101000000"}, versions(applied))
}

func TestFailureNamesTheRows(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	twice := with(t, "20990101000000_twice.sql", "INSERT INTO user_follow_stats (user_id) VALUES ('a'), ('a');")
	_, err := migrate.UpFrom(t.Context(), databaseURL, twice)
	require.ErrorContains(t, err, "Key (user_id)=(a) already exists.")
}

func TestChecksumIsVerified(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	tests := map[string]struct {
		change func(fstest.MapFS)
		want   string
	}{
		"edited": {
			func(files fstest.MapFS) { files["20250501000000_users.sql"].Data = []byte("SELECT 1;") },
			"the migrations do not match atlas.sum: line 2, 20250501000000_users.sql, edited",
		},
		"added": {
			func(files fstest.MapFS) {
				files["20990101000000_more.sql"] = &fstest.MapFile{Data: []byte("SELECT 1;")}
			},
			"the migrations do not match atlas.sum: line 19, 20990101000000_more.sql, added",
		},
		"removed": {
			func(files fstest.MapFS) { delete(files, "20250501000000_users.sql") },
			"the migrations do not match atlas.sum: line 2, 20250501000000_users.sql, removed",
		},
		"no sum":   {func(files fstest.MapFS) { delete(files, "atlas.sum") }, "open atlas.sum"},
		"no files": {func(files fstest.MapFS) { clear(files) }, "there are no migrations"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := upTo(t, searchNames)
			test.change(files)
			_, err := migrate.UpFrom(t.Context(), databaseURL, files)
			require.ErrorContains(t, err, test.want)
		})
	}
	require.Empty(t, lines(t, connect(t, databaseURL), `SELECT relname FROM pg_stat_user_tables`),
		"nothing runs from a directory that does not verify")
}

func TestUnreachableDatabase(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range map[string]string{
		"no server":      "postgres://nobody@localhost:1/none?connect_timeout=1",
		"not a URL":      "postgres://%zz",
		"schema missing": bound(t, testdb.NewEmpty(t), "absent"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := migrate.Up(t.Context(), databaseURL)
			require.Error(t, err)
			_, err = migrate.Status(t.Context(), databaseURL)
			require.Error(t, err)
		})
	}
}
