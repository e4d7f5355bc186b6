//go:build unix

package localpg

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeInstallation creates a directory with programs that print a version.
func fakeInstallation(t *testing.T, dir, versionLine string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"postgres", "initdb", "pg_ctl"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s'\n", versionLine)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	return dir
}

// askVersion returns a function that runs any installation, without checks.
func askVersion(t *testing.T) func(dir string) (int, error) {
	return func(dir string) (int, error) {
		if err := checkPrograms(dir); err != nil {
			return 0, err
		}
		return readVersion(dir, exec.CommandContext(t.Context(), filepath.Join(dir, "postgres"), "--version"))
	}
}

// somePrograms returns a usable installation.
func somePrograms(t *testing.T) programs {
	t.Helper()
	found, err := pickPrograms(installed(os.Getenv("PATH"), installPlaces, askVersion(t)), 0, "")
	require.NoError(t, err)
	return found
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	release := func(version string) string { return "postgres (PostgreSQL) " + version }
	for version, line := range map[string]string{
		"13": release("13.4"), "14": release("14.0 (Debian 14.0-1)"), "16": release("16beta2"), "17": release("17.1"), "19": release("19devel"),
	} {
		fakeInstallation(t, filepath.Join(base, version, "bin"), line)
	}
	broken := fakeInstallation(t, filepath.Join(base, "broken"), "no version")
	partial := fakeInstallation(t, filepath.Join(base, "partial"), release("15.1"))
	require.NoError(t, os.Remove(filepath.Join(partial, "initdb")))
	in := func(versions ...string) []string {
		var dirs []string
		for _, version := range versions {
			dirs = append(dirs, filepath.Join(base, version, "bin"))
		}
		return dirs
	}

	for name, test := range map[string]struct {
		path    string
		places  []string
		version int // of the data directory
		want    string
		errors  []string
	}{
		"newest supported":            {places: in("14", "17", "16", "13", "19"), want: "17"},
		"PATH before newer":           {path: in("16")[0], places: in("17"), want: "16"},
		"unsupported PATH":            {path: in("13")[0] + ":relative::" + broken + ":" + partial, places: in("14"), want: "14"},
		"that of the data":            {path: in("17")[0], places: in("14", "16"), version: 14, want: "14"},
		"a glob":                      {places: []string{filepath.Join(base, "1[67]", "bin")}, want: "17"},
		"none":                        {errors: []string{"14 to 18", "found none", "apt-get install postgresql`", "dnf install postgresql-server`", "brew install postgresql@17`", "DATABASE_URL"}},
		"only unsupported":            {places: in("13", "19"), errors: []string{"19 in", "13 in"}},
		"not the version of the data": {places: in("17"), version: 15, errors: []string{"version 15", "created /some/data", "found 17 in", "apt-get install postgresql-15`", "brew install postgresql@15`"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := pickPrograms(installed(test.path, test.places, askVersion(t)), test.version, "/some/data")
			if test.errors == nil {
				require.NoError(t, err)
				require.Equal(t, filepath.Join(base, test.want, "bin"), got.dir)
				return
			}
			require.ErrorIs(t, err, ErrNotInstalled)
			for _, want := range test.errors {
				require.ErrorContains(t, err, want)
			}
		})
	}
}
