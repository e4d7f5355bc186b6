package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVersion runs without a database, and with unrelated variables that have names like those of flags.
func TestVersion(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), os.Args[0], "--version")
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), asProgram+"=1", "FOLLOWGRAPH_VERSION=1.2.0", "FOLLOWGRAPH_LOG_LEVEL=none")
	output, err := command.Output()
	require.NoError(t, err)
	require.Regexp(t, `^followgraph version \S+ \(commit \S+ of \S+, go1\.\S+, \w+/\w+\)\n$`, string(output))
	left, err := os.ReadDir(command.Dir)
	require.NoError(t, err)
	require.Empty(t, left)

	command = exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), asProgram+"=1", "FOLLOWGRAPH_VERSION=1.2.0", "FOLLOWGRAPH_HELP=me")
	output, err = command.CombinedOutput()
	require.NoError(t, err, string(output))
	require.NotContains(t, string(output), "$FOLLOWGRAPH_VERSION")
}

// TestMakeBuild checks that --version prints the values of `make build`.
func TestMakeBuild(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "followgraph")
	dry := exec.CommandContext(t.Context(), "make", "-n", "-C", "../..", "build", "VERSION=v1.2.0-rc.1", "COMMIT=abc-dirty", "COMMIT_TIME=2026-11-29T07:00:00Z")
	command, err := dry.Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(command)) {
		if !strings.HasPrefix(line, "go build ") {
			continue
		}
		build := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "bin/followgraph", binary, 1))
		build.Dir = "../.."
		output, err := build.CombinedOutput()
		require.NoError(t, err, string(output))
	}
	output, err := exec.CommandContext(t.Context(), binary, "--version").Output()
	require.NoError(t, err)
	require.Contains(t, string(output), "followgraph version v1.2.0-rc.1 (commit abc-dirty of 2026-11-29T07:00:00Z, go1.")
}
