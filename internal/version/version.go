// Package version tells which program this is.
package version

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// What `make build` stamps in by -ldflags -X. A program built otherwise has what the go command recorded, if anything.
var (
	version string // such as v1.2.0-3-gabcdef0, from the repository's tags
	commit  string // in full, with -dirty if files differed from it
	time    string // of the commit, in UTC (RFC 3339)
)

// unknown stands for what neither the build nor the go command recorded.
const unknown = "unknown"

// Info tells which program this is. No field is empty.
type Info struct {
	Version string // a tag, a tag and what followed it, a pseudo-version of Go, or (devel)
	Commit  string // in full, with -dirty if files differed from it
	Time    string // of the commit, in UTC (RFC 3339)
	Go      string // the version of Go that built it
}

// Get returns the Info of this program.
func Get() Info {
	recorded, ok := debug.ReadBuildInfo()
	if !ok {
		recorded = &debug.BuildInfo{}
	}
	return merge(Info{Version: version, Commit: commit, Time: time}, recorded)
}

// merge fills what was not stamped in from what the go command recorded.
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

// String returns the Info in one line, for people.
func (i Info) String() string {
	return fmt.Sprintf("%s (commit %s of %s, %s, %s/%s)", i.Version, i.Commit, i.Time, i.Go, runtime.GOOS, runtime.GOARCH)
}
