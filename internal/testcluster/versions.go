//go:build unix

package testcluster

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// pinned is the list of npm's packages with other versions of PostgreSQL than that of the machine.
//
//go:embed postgres/package.json
var pinned []byte

// Programs returns the directory of the programs of a major version of PostgreSQL from 16 to 18, for WithPrograms. `make
// postgres-versions` puts them there.
func Programs(tb testing.TB, major int) string {
	tb.Helper()
	version, err := pinnedVersion(major)
	if err != nil {
		tb.Fatalf("testcluster: %v", err)
	}
	dir := filepath.Join(cacheDir(), version, "bin")
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err != nil {
		tb.Fatalf("testcluster: PostgreSQL %s is missing, run make postgres-versions: %v", version, err)
	}
	return dir
}

func pinnedVersion(major int) (string, error) {
	var list struct {
		Packages map[string]string `json:"optionalDependencies"`
	}
	if err := json.Unmarshal(pinned, &list); err != nil {
		return "", err
	}
	of := list.Packages[strconv.Itoa(major)+"-linux-x64"]
	at := strings.LastIndexByte(of, '@')
	if at < 0 {
		return "", fmt.Errorf("there are no programs of PostgreSQL %d", major)
	}
	return of[at+1:], nil
}

// cacheDir is the directory of scripts/postgres-versions.sh.
func cacheDir() string {
	if dir := os.Getenv("FOLLOWGRAPH_POSTGRES_CACHE"); dir != "" {
		return dir
	}
	if os.Geteuid() == 0 {
		return "/var/cache/followgraph/postgres" // root's servers run as another user, who must reach it
	}
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		base = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	return filepath.Join(base, "followgraph", "postgres")
}
