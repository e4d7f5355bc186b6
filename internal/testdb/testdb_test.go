package testdb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { Main(m) }

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func queryValue[T any](t *testing.T, url, sql string, args ...any) T {
	t.Helper()
	rows, err := connect(t, url).Query(t.Context(), sql, args...)
	require.NoError(t, err)
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	require.NoError(t, err)
	return value
}

const countTables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for i := range 12 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			url := New(t)
			require.Equal(t, int64(0), queryValue[int64](t, url, "SELECT count(*) FROM users"))
			_, err := connect(t, url).Exec(t.Context(),
				"INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')")
			require.NoError(t, err)
			require.Equal(t, int64(1), queryValue[int64](t, url, "SELECT count(*) FROM user_follows"))
		})
	}
}

func TestNewEmpty(t *testing.T) {
	t.Parallel()
	require.Equal(t, int64(0), queryValue[int64](t, NewEmpty(t), countTables))
}

func TestDatabasesAreDroppedWithTheirConnections(t *testing.T) {
	t.Parallel()
	maintenance := connect(t, maintenanceURL(t))
	var name string
	t.Run("a test", func(t *testing.T) {
		conn, err := pgx.Connect(context.Background(), New(t)) // never closed
		require.NoError(t, err)
		name = conn.Config().Database
		require.True(t, exists(t, maintenance, name))
	})
	require.False(t, exists(t, maintenance, name))
}

func TestSweepDropsDatabasesOfDeadProcesses(t *testing.T) {
	t.Parallel()
	maintenance := connect(t, maintenanceURL(t))
	dead, alive := startSession(t), startSession(t)
	left, err := dead.createEmpty(t.Context())
	require.NoError(t, err)
	kept, err := alive.createEmpty(t.Context())
	require.NoError(t, err)
	files := uniqueFiles(t)
	template, err := dead.findTemplate(files, applyNothing)
	require.NoError(t, err)
	used, err := alive.findTemplate(uniqueFiles(t, "used"), applyNothing)
	require.NoError(t, err)

	startSession(t)
	require.True(t, exists(t, maintenance, left), "its process still lives")
	require.NoError(t, dead.leave()) // as the kernel does when a process ends; the databases stay
	startSession(t)
	require.False(t, exists(t, maintenance, left))
	require.False(t, exists(t, maintenance, template))
	require.True(t, exists(t, maintenance, kept))
	require.True(t, exists(t, maintenance, used))
}

func TestTemplateIsBuiltOnce(t *testing.T) {
	t.Parallel()
	files := uniqueFiles(t)
	var builds atomic.Int32
	apply := func(ctx context.Context, url string) error {
		builds.Add(1)
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE TABLE built ()")
		return errors.Join(err, conn.Close(ctx))
	}
	var wg sync.WaitGroup
	names := make([]string, 4)
	errs := make([]error, len(names))
	for i := range names {
		s := startSession(t)
		wg.Go(func() { names[i], errs[i] = s.findTemplate(files, apply) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Len(t, slices.Compact(names), 1)
	require.Equal(t, int32(1), builds.Load())

	s := startSession(t)
	clone, err := s.createFrom(t.Context(), names[0])
	require.NoError(t, err)
	require.Equal(t, int64(1), queryValue[int64](t, s.server.URL(clone), countTables))
}

func TestFailedTemplateIsNotUsed(t *testing.T) {
	t.Parallel()
	files := uniqueFiles(t)
	broken := errors.New("broken migration")
	_, err := startSession(t).findTemplate(files, func(context.Context, string) error { return broken })
	require.ErrorIs(t, err, broken)

	applied := false
	_, err = startSession(t).findTemplate(files, func(context.Context, string) error {
		applied = true
		return nil
	})
	require.NoError(t, err)
	require.True(t, applied)
}

func TestHashFiles(t *testing.T) {
	t.Parallel()
	hash := func(files fstest.MapFS) string {
		sum, err := hashFiles(files)
		require.NoError(t, err)
		return string(sum[:])
	}
	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	seen := map[string]bool{}
	for _, files := range []fstest.MapFS{
		{}, {"a": file("1")}, {"a": file("2")}, {"b": file("1")}, {"a": file("1"), "b": file("")}, {"a": file("1b")},
	} {
		require.False(t, seen[hash(files)])
		seen[hash(files)] = true
		require.True(t, seen[hash(files)])
	}
}

func TestSetupFailuresFailTheTest(t *testing.T) {
	t.Parallel()
	noServer := newSession()
	noServer.open = func() error { return errors.New("no programs") }
	noTemplate := startSession(t)
	noTemplate.template = func() (string, error) { return "", errors.New("broken migration") }
	for name, test := range map[string]struct {
		session *session
		want    string
	}{
		"without Main":       {nil, "must call testdb.Main"},
		"without a server":   {noServer, "no programs"},
		"without a template": {noTemplate, "broken migration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			probe := &failureProbe{TB: t}
			done := make(chan struct{})
			go func() {
				defer close(done)
				create(probe, test.session, (*session).cloneTemplate)
			}()
			<-done
			require.Contains(t, probe.message, test.want)
		})
	}
}

// failureProbe records the failure of a test.
type failureProbe struct {
	testing.TB
	message string
}

func (p *failureProbe) Helper() {}

func (p *failureProbe) Fatal(args ...any) { p.Fatalf("%s", fmt.Sprint(args...)) }

func (p *failureProbe) Fatalf(format string, args ...any) {
	p.message = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// startSession returns a session that the server cannot distinguish from another test process.
func startSession(t *testing.T) *session {
	t.Helper()
	s := newSession()
	require.NoError(t, s.open())
	t.Cleanup(func() { require.NoError(t, s.leave()) })
	return s
}

func maintenanceURL(t *testing.T) string {
	t.Helper()
	s := running.Load()
	require.NoError(t, s.open())
	return s.server.URL("postgres")
}

func exists(t *testing.T, conn *pgx.Conn, database string) bool {
	t.Helper()
	var found bool
	err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&found)
	require.NoError(t, err)
	return found
}

// uniqueFiles returns migrations whose template no other test or process shares.
func uniqueFiles(t *testing.T, extra ...string) fstest.MapFS {
	t.Helper()
	content := fmt.Sprint(t.Name(), running.Load().token, extra)
	return fstest.MapFS{"1.sql": {Data: []byte(content)}}
}

func applyNothing(context.Context, string) error { return nil }
