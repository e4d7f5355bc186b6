package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var units = []string{"followgraph.service", "followgraph-migrate.service"}

// TestUnits checks the units for errors, and that their exposure stays low, on systemd's scale from 0 to 10.
func TestUnits(t *testing.T) {
	t.Parallel()
	root := t.TempDir() // a machine on which the units and the program are installed
	for path, mode := range map[string]os.FileMode{
		"usr/local/bin/followgraph":            0o755,
		"etc/systemd/system/sysinit.target":    0o644,
		"etc/systemd/system/multi-user.target": 0o644,
	} {
		file := filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte("[Unit]\n"), mode)) // an empty unit is a masked one
	}
	for _, name := range units {
		text, err := os.ReadFile(filepath.Join("../../deploy/systemd", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, "etc/systemd/system", name), text, 0o644))
	}
	for _, name := range units {
		out, err := analyze(t, root, "verify", "--man=no", name)
		require.NoError(t, err, "%s", out)
		require.Empty(t, out, "%s", name)
		// Threshold 15 is an exposure of 1.5. It is 1.2 with systemd 252; newer versions may rate further settings.
		out, err = analyze(t, root, "security", "--offline=yes", "--threshold=15", name)
		require.NoError(t, err, "%s", out)
		require.Contains(t, out, "Overall exposure level for "+name)
	}

	// A unit with an error, and one without protection, fail.
	broken := filepath.Join(root, "etc/systemd/system/broken.service")
	require.NoError(t, os.WriteFile(broken, []byte("[Service]\nExecStart=/usr/local/bin/missing\nProtectSytem=strict\n"), 0o644))
	out, _ := analyze(t, root, "verify", "--man=no", "broken.service")
	require.Contains(t, out, "ProtectSytem")
	_, err := analyze(t, root, "security", "--offline=yes", "--threshold=15", "broken.service")
	require.Error(t, err)
}

func analyze(t *testing.T, root string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "systemd-analyze", append([]string{"--no-pager", "--root=" + root}, arguments...)...)
	out, err := command.CombinedOutput()
	return string(out), err
}
