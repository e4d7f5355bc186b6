package rehearsal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// successorModels is the service with the models and the revision that `adopt alembic` writes instead of its own.
type successorModels struct {
	fixture  *fixture
	dir      string
	revision string // its id
}

// writeModels runs `adopt alembic` and overlays its files on the package and the history of the fixture.
func writeModels(t *testing.T, f *fixture, p *program) *successorModels {
	t.Helper()
	s := &successorModels{fixture: f, dir: t.TempDir()}
	p.step(t, "adopt", "alembic", "--directory", s.dir)
	written := func(pattern string) string {
		paths, err := filepath.Glob(filepath.Join(s.dir, pattern))
		require.NoError(t, err)
		require.Len(t, paths, 1, pattern)
		return paths[0]
	}
	over, versions := filepath.Join(s.dir, "over", "authservice"), filepath.Join(s.dir, "versions")
	require.NoError(t, os.MkdirAll(over, 0o700))
	require.NoError(t, os.MkdirAll(versions, 0o700))
	revision := written("*_followgraph.py")
	s.revision = strings.TrimSuffix(filepath.Base(revision), "_followgraph.py")
	require.NoError(t, os.Rename(revision, filepath.Join(versions, filepath.Base(revision))))
	require.NoError(t, os.Rename(written("models.py"), filepath.Join(over, "models.py")))
	// The other modules of the package are those of the fixture. A team table is added, as in the models of the fixture.
	init := fmt.Sprintf("__path__.append(%q)\n", filepath.Join(f.dir, "authservice"))
	require.NoError(t, os.WriteFile(filepath.Join(over, "__init__.py"), []byte(init), 0o600))
	if f.has("team") {
		s.append(t, "models.py", `

class RefreshToken(Base):
    __tablename__ = "refresh_tokens"

    id = sa.Column(sa.Integer, primary_key=True, index=True)
    user_id = sa.Column(sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    token = sa.Column(sa.String, unique=True, nullable=False)
`)
	}
	locations := []string{filepath.Join(f.dir, "migrations", "versions"), versions}
	if f.has("cognito_id") || f.has("team") || f.has("trigger") {
		locations = append(locations, filepath.Join(f.dir, "migrations", "team"))
	}
	ini := fmt.Sprintf("[alembic]\nscript_location = %s\nversion_path_separator = space\nversion_locations = %s\n", filepath.Join(f.dir, "migrations"), strings.Join(locations, " "))
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "alembic.ini"), []byte(ini), 0o600))
	return s
}

func (s *successorModels) append(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(s.dir, "over", "authservice", name)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(before, text...), 0o600))
}

// python runs Python code. The new models take precedence over those of the fixture.
func (s *successorModels) python(t *testing.T, code string) (output string, err error) {
	t.Helper()
	first := fmt.Sprintf("import sys; sys.path.insert(0, %q); ", filepath.Join(s.dir, "over"))
	text, err := s.fixture.command(t.Context(), "", "-c", first+code).CombinedOutput()
	return string(text), err
}

// differences is like fixture.differences, with the new models.
func (s *successorModels) differences(t *testing.T) string {
	t.Helper()
	text, err := s.python(t, "import runpy; runpy.run_path('check.py', run_name='__main__')")
	if err == nil {
		return ""
	}
	return text
}

// upgrade applies the revision with Alembic.
func (s *successorModels) upgrade(t *testing.T) {
	t.Helper()
	// An upgrade without the revision would look like one that changes nothing.
	heads, err := s.python(t, fmt.Sprintf("from alembic.config import main; main(['-c', %q, 'heads'])", filepath.Join(s.dir, "alembic.ini")))
	require.NoError(t, err, heads)
	require.Contains(t, heads, s.revision+" (head)")
	text, err := s.python(t, fmt.Sprintf("from alembic.config import main; main(['-c', %q, 'upgrade', 'head'])", filepath.Join(s.dir, "alembic.ini")))
	require.NoError(t, err, text)
}

// downgrade checks that Alembic refuses the previous revision, with a message that says what to do.
func (s *successorModels) downgrade(t *testing.T) {
	t.Helper()
	text, err := s.python(t, fmt.Sprintf("from alembic.config import main; main(['-c', %q, 'downgrade', '-1'])", filepath.Join(s.dir, "alembic.ini")))
	require.Error(t, err)
	require.Contains(t, text, "followgraph adopt undo")
}
