package docs

import (
	"go/ast"
	"go/build"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// packageConstants returns the constants at the top level of a package of this repository, unexported ones too. The
// directory is relative to the repository's root. A constant that needs another package than the standard library is
// missing.
func packageConstants(t *testing.T, directory string) map[string]*types.Const {
	t.Helper()
	files := token.NewFileSet()
	var parsed []*ast.File
	entries, err := os.ReadDir(filepath.Join("..", directory))
	require.NoError(t, err)
	for _, entry := range entries {
		name := entry.Name()
		fits, err := build.Default.MatchFile(filepath.Join("..", directory), name)
		require.NoError(t, err)
		if entry.IsDir() || !fits || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, filepath.Join("..", directory, name), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		parsed = append(parsed, file)
	}
	require.NotEmpty(t, parsed, "no package in %s", directory)
	configuration := types.Config{
		IgnoreFuncBodies: true,
		Importer:         &packageImporter,
		Error:            func(error) {}, // what needs other packages is not typed
	}
	checked, _ := configuration.Check(directory, files, parsed, nil)
	constants := map[string]*types.Const{}
	for _, name := range checked.Scope().Names() {
		if c, ok := checked.Scope().Lookup(name).(*types.Const); ok && c.Val().Kind() != constant.Unknown {
			constants[name] = c
		}
	}
	return constants
}

// timeImporter imports "time", whose constants limits use, from its source and once. Other packages are empty, so that
// the check is fast.
type timeImporter struct {
	mutex sync.Mutex
	types.Importer
}

var packageImporter = timeImporter{Importer: importer.ForCompiler(token.NewFileSet(), "source", nil)}

// findStandardLibrary sets the folder of the standard library. A test that is compiled with -trimpath does not know it.
var findStandardLibrary = sync.OnceValue(func() error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err == nil {
		build.Default.GOROOT = strings.TrimSpace(string(root))
	}
	return err
})

// Import returns a package.
func (i *timeImporter) Import(name string) (*types.Package, error) {
	if name == "time" {
		i.mutex.Lock()
		defer i.mutex.Unlock()
		if err := findStandardLibrary(); err != nil {
			return nil, err
		}
		return i.Importer.Import(name)
	}
	empty := types.NewPackage(name, path.Base(name))
	empty.MarkComplete()
	return empty, nil
}
