package migrate_test

import (
	"database/sql"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	atlas "ariga.io/atlas/sql/migrate"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
	"followgraph/migrations"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// Versions of the embedded directory.
const (
	base         = "20250501000000"
	fullname     = "20250506000000"
	profile      = "20250527000000"
	avatarString = "20250527000001"
	follows      = "20250620000000"
	stats        = "20250620000001"
	own          = "20261123000000"
	bytewise     = "20261123010000"
	accounts     = "20261123020000"
	letterCase   = "20261129000000"
	localIDs     = "20261130000000"
	searchKeys   = "20261130010000"
	publication  = "20261130020000"
	spelling     = "20261130030000"
	byFollowers  = "20261130040000"
	searchWords  = "20261130050000"
	searchNames  = "20261130060000" // the latest
)

// directory returns a migrations directory with these files and a matching atlas.sum.
func directory(t *testing.T, files fstest.MapFS) fstest.MapFS {
	t.Helper()
	memory := &atlas.MemDir{}
	for name, file := range files {
		require.NoError(t, memory.WriteFile(name, file.Data))
	}
	sum, err := memory.Checksum()
	require.NoError(t, err)
	text, err := sum.MarshalText()
	require.NoError(t, err)
	files[atlas.HashFileName] = &fstest.MapFile{Data: text}
	return files
}

// upTo returns the embedded directory up to and including a version.
func upTo(t *testing.T, version string) fstest.MapFS {
	t.Helper()
	names, err := fs.Glob(migrations.FS, "*.sql")
	require.NoError(t, err)
	files := fstest.MapFS{}
	for _, name := range names {
		if at, _, _ := strings.Cut(name, "_"); at <= version {
			content, err := fs.ReadFile(migrations.FS, name)
			require.NoError(t, err)
			files[name] = &fstest.MapFile{Data: content}
		}
	}
	return directory(t, files)
}

// with returns the embedded directory with one more file.
func with(t *testing.T, name, content string) fstest.MapFS {
	t.Helper()
	files := upTo(t, searchNames)
	delete(files, atlas.HashFileName)
	files[name] = &fstest.MapFile{Data: []byte(content)}
	return directory(t, files)
}

// step migrates the database to a version.
func step(t *testing.T, databaseURL, version string) {
	t.Helper()
	_, err := migrate.UpFrom(t.Context(), databaseURL, upTo(t, version))
	require.NoError(t, err)
}

func connect(t *testing.T, databaseURL string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// exec runs statements. Several in one string are one transaction.
func exec(t *testing.T, db *sql.DB, statements string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statements, args...)
	require.NoError(t, err)
}

// lines returns the rows of a query with one text column.
func lines(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		got = append(got, line)
	}
	require.NoError(t, rows.Err())
	return got
}

// bound sets search_path in a database URL.
func bound(t *testing.T, databaseURL, schema string) string {
	t.Helper()
	parsed, err := url.Parse(databaseURL)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("search_path", schema)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// versions returns the versions of applied files.
func versions(files []migrate.File) []string {
	var list []string
	for _, file := range files {
		list = append(list, file.Version)
	}
	return list
}
