package version

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	recorded := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{GoVersion: "go1.26.4", Main: debug.Module{Version: version}, Settings: settings}
	}
	commit, date := debug.BuildSetting{Key: "vcs.revision", Value: "abc"}, debug.BuildSetting{Key: "vcs.time", Value: "2026-11-29T07:00:00Z"}
	for name, test := range map[string]struct {
		stamped  Info
		recorded *debug.BuildInfo
		want     Info
	}{
		"nothing":                 {Info{}, &debug.BuildInfo{}, Info{"unknown", "unknown", "unknown", runtime.Version()}},
		"go run":                  {Info{}, recorded("(devel)"), Info{"(devel)", "unknown", "unknown", "go1.26.4"}},
		"go install of a version": {Info{}, recorded("v1.2.0"), Info{"v1.2.0", "unknown", "unknown", "go1.26.4"}},
		"go build in a checkout":  {Info{}, recorded("v1.2.0", commit, date), Info{"v1.2.0", "abc", "2026-11-29T07:00:00Z", "go1.26.4"}},
		"with changes": {
			Info{}, recorded("(devel)", commit, date, debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
			Info{"(devel)", "abc-dirty", "2026-11-29T07:00:00Z", "go1.26.4"},
		},
		"make build":              {Info{Version: "v1.2.0-3-gdef", Commit: "def", Time: "then"}, recorded("(devel)", commit, date), Info{"v1.2.0-3-gdef", "def", "then", "go1.26.4"}},
		"make build without tags": {Info{Commit: "def", Time: "then"}, recorded("(devel)"), Info{"(devel)", "def", "then", "go1.26.4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, merge(test.stamped, test.recorded))
		})
	}
}
