package rehearsal_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// fixture is the Python service with one database.
type fixture struct {
	move
	dir  string // the fixture's, which is only read
	work string // for what its programs write
	url  string // of the database, as SQLAlchemy has it
}

// fixtureDir returns the directory of the service. The test fails without it or its Python packages.
func fixtureDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "python-service"))
	require.NoError(t, err)
	_, err = os.Stat(filepath.Join(dir, "authservice", "service.py"))
	require.NoError(t, err, "the Python service is expected in ../shared/python-service, seen from the project's root")
	text, err := exec.CommandContext(t.Context(), python(), "-c", "import alembic, sqlalchemy, psycopg2, passlib, bcrypt").CombinedOutput()
	require.NoError(t, err, "%s\nscripts/install-python-service.sh installs what is missing, or says what to install", text)
	return dir
}

// variantNames reads the names of all variants from the fixture.
func variantNames(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "authservice", "variant.py"))
	require.NoError(t, err)
	_, doc, found := strings.Cut(string(text), `"""`)
	require.True(t, found)
	doc, _, _ = strings.Cut(doc, `"""`)
	var names []string
	for _, match := range regexp.MustCompile(`(?m)^([a-z0-9_]+) {2,}\S`).FindAllStringSubmatch(doc, -1) {
		names = append(names, match[1])
	}
	require.NotEmpty(t, names)
	return names
}

// newFixture creates the tables in a database with Alembic, and loads rows.
func newFixture(t *testing.T, m move, dir, address string) *fixture {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	parsed.Scheme = "postgresql" // the only one that SQLAlchemy takes
	f := &fixture{move: m, dir: dir, work: t.TempDir(), url: parsed.String()}
	revision := "e67a8cedc427"
	if m.has("cognito_id") || m.has("team") || m.has("trigger") {
		revision = "head"
	}
	f.run(t, "-m", "alembic", "upgrade", revision)
	f.run(t, "load.py", "--users", strconv.Itoa(*usersFlag), "--follows", strconv.Itoa(*followsFlag), "--pool", f.pool())
	return f
}

// pool returns the path of the file with the Cognito users of the database.
func (f *fixture) pool() string { return filepath.Join(f.work, "cognito-users.json") }

// command returns a command that runs the service's Python with its modules and database. Modules in first take
// precedence.
func (f *fixture) command(ctx context.Context, first string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, python(), args...)
	command.Dir = f.dir
	command.Env = append(os.Environ(), "AUTH_DATABASE_URL="+f.url, "AUTH_VARIANT="+f.variant,
		"PYTHONPATH="+strings.TrimPrefix(first+":"+f.dir, ":"), "PYTHONDONTWRITEBYTECODE=1")
	return command
}

func (f *fixture) run(t *testing.T, args ...string) string {
	t.Helper()
	text, err := f.command(t.Context(), "", args...).CombinedOutput()
	require.NoError(t, err, "%s: %s", strings.Join(args, " "), text)
	return string(text)
}

// differences returns the output of `alembic check` with the models of the service, or "" if it finds no difference.
func (f *fixture) differences(t *testing.T) string {
	t.Helper()
	text, err := f.command(t.Context(), "", "check.py").CombinedOutput()
	if err == nil {
		return ""
	}
	return string(text)
}

// catalog returns the lines with which the fixture describes the schema: columns, indexes, constraints and enums. It
// leaves out sequences, whose values change, and objects that are not of the service.
func (f *fixture) catalog(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, "schema.sql"))
	require.NoError(t, err)
	var lines []string
	for statement := range strings.Lines(string(text)) {
		if !strings.HasPrefix(statement, "select") || strings.Contains(statement, "from pg_sequences") {
			continue
		}
		rows, err := conn.Query(t.Context(), statement)
		require.NoError(t, err)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		for _, line := range names {
			if !strings.Contains(line, "followgraph_adoption") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
