package deploy

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A module is a Go module that carries schemas of Kubernetes. Only its files are used, so go.mod does not require it; sum
// pins its content, as in a go.sum.
type module struct{ path, version, sum string }

var (
	kubernetes = module{"k8s.io/kubernetes", "v1.37.2", "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE="}
	operator   = module{"github.com/prometheus-operator/prometheus-operator", "v0.85.0", "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s="}
	gateway    = module{"sigs.k8s.io/gateway-api", "v1.4.0", "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ="}
)

// file returns the path of a file of the module, which is downloaded if it is not in the cache of modules.
func (m module) file(t *testing.T, name string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", m.path+"@"+m.version)
	command.Dir = t.TempDir() // outside of any module
	out, err := command.Output()
	require.NoError(t, err, "%s", out)
	var downloaded struct{ Dir, Sum string }
	require.NoError(t, json.Unmarshal(out, &downloaded))
	require.Equal(t, m.sum, downloaded.Sum)
	return filepath.Join(downloaded.Dir, filepath.FromSlash(name))
}
