package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// release is a version of the project.
type release struct {
	source     string // directory of the project
	dist       string // directory for the results
	version    string
	commit     string
	time       time.Time // of the commit
	repository string    // URL of the source code; empty: unknown
}

// platform is what a program runs on.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// platforms are those of the archives; imagePlatforms those of the image.
var (
	platforms      = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}}
	imagePlatforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}}
)

// maxProgram is the maximum size of a program in bytes, as MAX_BINARY of the Makefile.
const maxProgram = 34 << 20

// buildProgram builds the program for a platform, and returns its path below dist. The file is statically linked, so
// that it needs nothing from the image or machine that it runs on.
func (r *release) buildProgram(ctx context.Context, p platform) (string, error) {
	dist, err := filepath.Abs(r.dist)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dist, "programs", p.os+"_"+p.arch, "followgraph")
	const stamp = "followgraph/internal/version"
	stamps := fmt.Sprintf("-s -w -X %s.version=%s -X %s.commit=%s -X %s.time=%s",
		stamp, r.version, stamp, r.commit, stamp, r.time.UTC().Format(time.RFC3339))
	// Variables and flags of the builder's environment must not change the result.
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", stamps, "-o", path, "./cmd/followgraph")
	build.Dir = r.source
	build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "CGO_ENABLED=0",
		"GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1", "GOARM64=v8.0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building for %s: %w\n%s", p, err, output)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Size() > maxProgram {
		return "", fmt.Errorf("the program for %s has %d bytes, more than %d", p, info.Size(), maxProgram)
	}
	return path, nil
}
