// Package version identifies the program: its version, its commit and its Go version.
package version

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Set by `make build` with -ldflags -X. Otherwise the information that the go command recorded is used, if there is
// any.
var (
	version string // such as v1.2.0-3-gabcdef0, from the repository's tags
	commit  string // full hash, with -dirty if files differed from it
	time    string // of the commit, in UTC (RFC 3339)
)

// unknown replaces information that is missing.
const unknown = "unknown"

// Info identifies the program. No field is empty.
type Info struct {
	Version string // a tag, a description based on a tag, a Go pseudo-version, or (devel)
	Commit  string // full hash, with -dirty if files differed from it
	Time    string // of the commit, in UTC (RFC 3339)
	Go      string // Go version that built the program
}

// Get returns the Info of this program.
func Get() Info {
	recorded, ok := debug.ReadBuildInfo()
	if !ok {
		recorded = &debug.BuildInfo{}
	}
	return merge(Info{Version: version, Commit: commit, Time: time}, recorded)
}

// merge fills fields that the build did not set with the information that the go command recorded.
func merge(stamped Info, recorded *debug.BuildInfo) Info {
	settings := map[string]string{}
	for _, setting := range recorded.Settings {
		settings[setting.Key] = setting.Value
	}
	revision := settings["vcs.revision"]
	if revision != "" && settings["vcs.modified"] == "true" {
		revision += "-dirty"
	}
	return Info{
		Version: cmp.Or(stamped.Version, recorded.Main.Version, unknown),
		Commit:  cmp.Or(stamped.Commit, revision, unknown),
		Time:    cmp.Or(stamped.Time, settings["vcs.time"], unknown),
		Go:      cmp.Or(recorded.GoVersion, runtime.Version()),
	}
}

// String formats the Info as one line.
func (i Info) String() string {
	return fmt.Sprintf("%s (commit %s of %s, %s, %s/%s)", i.Version, i.Commit, i.Time, i.Go, runtime.GOOS, runtime.GOARCH)
}
