//go:build unix

package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLockServe(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	release, err := LockServe(dir)
	require.NoError(t, err)

	_, err = LockServe(dir)
	require.ErrorContains(t, err, dir)
	require.ErrorContains(t, err, fmt.Sprintf("process %d", os.Getpid()))
	require.ErrorContains(t, err, "--data-dir")
	second := startChild(t, dir)
	require.Contains(t, second.line(t), fmt.Sprintf("serve: process %d already serves", os.Getpid()))

	release()
	release, err = LockServe(dir)
	require.NoError(t, err)
	release()
}
