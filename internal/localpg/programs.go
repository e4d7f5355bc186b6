//go:build unix

package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// programs are one installation of PostgreSQL.
type programs struct {
	dir     string // holds postgres, initdb and pg_ctl
	version int    // major
}

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

// installPlaces are where packagers put PostgreSQL, beside PATH.
// scripts/install-postgres.sh looks in the same places.
var installPlaces = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // the PostgreSQL project's RPMs
	"/usr/libexec/postgresql*",                           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
	"/opt/homebrew/opt/postgresql/bin",                   //
	"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
	"/usr/local/opt/postgresql/bin",                      //
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
	"/usr/local/pgsql/bin",                               // built from source
}

// installed lists the installations on this machine, of any version: those in PATH first, in its
// order, then the packagers' places, newest first. version tells the version of those in a directory; an error if there
// are none that may be used.
func installed(path string, places []string, version func(dir string) (int, error)) []programs {
	var found []programs
	seen := map[string]bool{}
	add := func(into []programs, dir string) []programs {
		if dir == "" || !filepath.IsAbs(dir) || seen[dir] {
			return into
		}
		seen[dir] = true
		if version, err := version(dir); err == nil {
			into = append(into, programs{dir: dir, version: version})
		}
		return into
	}
	for _, dir := range filepath.SplitList(path) {
		found = add(found, dir)
	}
	var packaged []programs
	for _, place := range places {
		dirs, _ := filepath.Glob(place) // the only error is a bad pattern
		for _, dir := range dirs {
			packaged = add(packaged, dir)
		}
	}
	slices.SortStableFunc(packaged, func(a, b programs) int { return b.version - a.version })
	return append(found, packaged...)
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// programNames are the programs that are needed.
var programNames = []string{"postgres", "initdb", "pg_ctl"}

// checkPrograms tells whether a directory holds all programs.
func checkPrograms(dir string) error {
	for _, name := range programNames {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			return fmt.Errorf("%s is no program", filepath.Join(dir, name))
		}
	}
	return nil
}

// version asks an installation for its major version, as the server's user; an error if a program is missing. For root,
// it passes over those that the user cannot reach, such as one under /root (the passage that command gives takes effect
// only in the program, too late for finding the program), and those that a third user can change.
func (c *cluster) version(ctx context.Context, dir string) (int, error) {
	if err := checkPrograms(dir); err != nil {
		return 0, err
	}
	if isRoot() {
		err := errNoPassage
		if c.account.reaches(dir) {
			err = c.place.programs(dir)
		}
		if err != nil {
			c.log.Warn("passing over a PostgreSQL that its user cannot reach or that others can change",
				"programs", dir, "user", c.account.name, "error", err)
			return 0, err
		}
	}
	ask := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version")
	c.account.runAs(ask)
	return readVersion(dir, ask)
}

// programs checks that none but root and the server's user can change the programs of a directory.
func (t trust) programs(dir string) error {
	if _, _, err := t.walk(dir, 0); err != nil {
		return err
	}
	for _, name := range programNames {
		path, err := filepath.EvalSymlinks(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if _, _, err := t.walk(filepath.Dir(path), 0); err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		s, err := standingOf(info)
		if err == nil {
			err = t.program(s)
		}
		if err != nil {
			return fmt.Errorf("%s %w", path, err)
		}
	}
	return nil
}

// readVersion reads the major version off what an installation says.
func readVersion(dir string, ask *exec.Cmd) (int, error) {
	out, err := ask.Output()
	if err != nil {
		return 0, err
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("%s: unknown version %q", dir, out)
	}
	return strconv.Atoi(string(match[1]))
}

// pickPrograms chooses the installation for a data directory: of its own major version, or, for a
// directory still to be made (version 0), the first supported one of found.
func pickPrograms(found []programs, version int, pgdata string) (programs, error) {
	for _, p := range found {
		if p.version == version || version == 0 && p.version >= minVersion && p.version <= maxVersion {
			return p, nil
		}
	}
	if version != 0 {
		return programs{}, fmt.Errorf("%w in version %d, which made %s (found %s): %s, or choose another data directory",
			ErrNotInstalled, version, pgdata, listVersions(found), installHint(version))
	}
	return programs{}, fmt.Errorf("%w in a version from %d to %d (found %s): %s, or give a running database with DATABASE_URL",
		ErrNotInstalled, minVersion, maxVersion, listVersions(found), installHint(0))
}

func installHint(version int) string {
	debian, fedora, homebrew := "postgresql", "postgresql-server", "postgresql@17"
	if version != 0 {
		debian = fmt.Sprintf("postgresql-%d", version)
		fedora = fmt.Sprintf("postgresql%d-server", version)
		homebrew = fmt.Sprintf("postgresql@%d", version)
	}
	return fmt.Sprintf("install it with `apt-get install %s` (Debian, Ubuntu), `dnf install %s` (Fedora) or `brew install %s` (macOS)",
		debian, fedora, homebrew)
}

func listVersions(found []programs) string {
	if len(found) == 0 {
		return "none"
	}
	var list []string
	for _, p := range found {
		list = append(list, fmt.Sprintf("%d in %s", p.version, p.dir))
	}
	return strings.Join(list, ", ")
}
