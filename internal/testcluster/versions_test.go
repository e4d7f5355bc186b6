//go:build unix

package testcluster

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, major := range []int{16, 17, 18} {
		t.Run(strconv.Itoa(major), func(t *testing.T) {
			t.Parallel()
			out, err := exec.CommandContext(t.Context(), Programs(t, major)+"/postgres", "--version").Output()
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(out), fmt.Sprintf("postgres (PostgreSQL) %d.", major)), "%s", out)
		})
	}
	_, err := pinnedVersion(15)
	require.EqualError(t, err, "there are no programs of PostgreSQL 15")
}

// TestPinnedVersions checks that a package of another system has the same version, and that npm has the checksum of each.
func TestPinnedVersions(t *testing.T) {
	t.Parallel()
	lock, err := os.ReadFile("postgres/package-lock.json")
	require.NoError(t, err)
	for _, major := range []int{16, 17, 18} {
		version, err := pinnedVersion(major)
		require.NoError(t, err)
		require.Equal(t, 4, strings.Count(string(pinned), "@"+version+`"`))
		require.Equal(t, 4, strings.Count(string(lock), `"version": "`+version+`"`))
	}
	require.Equal(t, 12, strings.Count(string(lock), `"integrity": "sha512-`))
}
