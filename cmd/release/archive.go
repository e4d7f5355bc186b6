package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"time"
)

// unitDir has the systemd unit that archives for Linux contain.
const unitDir = "deploy/systemd"

// buildArchives writes an archive of the program and a list of its components for each platform, and SHA256SUMS with
// their checksums and those of the image's files, if buildImage wrote them for this version.
func (r *release) buildArchives(ctx context.Context, platforms []platform, out io.Writer) error {
	if err := os.MkdirAll(r.dist, 0o755); err != nil { //nolint:gosec // for everyone to read
		return err
	}
	shared, err := r.sharedFiles(ctx)
	if err != nil {
		return err
	}
	for _, p := range platforms {
		if err := r.buildArchive(ctx, p, shared); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	sums, err := r.checksums()
	if err != nil {
		return err
	}
	list := filepath.Join(r.dist, "SHA256SUMS")
	if err := os.WriteFile(list, sums, modeFile); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s:\n%s", list, sums)
	return err
}

// buildArchive writes the archive and the list of components for one platform. The archive has one directory with its
// own name.
func (r *release) buildArchive(ctx context.Context, p platform, shared []file) error {
	program, err := r.buildProgram(ctx, p)
	if err != nil {
		return err
	}
	binary, err := readFile("followgraph", modeProgram, program)
	if err != nil {
		return err
	}
	components, err := r.components(program)
	if err != nil {
		return err
	}
	files := append(slices.Clone(shared), binary, file{"followgraph.cdx.json", modeFile, components})
	if p.os == "linux" {
		if files, err = appendDirectory(files, "systemd/", os.DirFS(filepath.Join(r.source, unitDir))); err != nil {
			return err
		}
	}
	archive := r.distPath(p.os + "_" + p.arch + ".tar.gz")
	top := filepath.Base(r.distPath(p.os + "_" + p.arch))
	for i := range files {
		files[i].name = path.Join(top, files[i].name)
	}
	if err := createFile(archive, func(w io.Writer) error { return writeTarGz(w, files, r.time) }); err != nil {
		return err
	}
	return os.WriteFile(r.distPath(p.os+"_"+p.arch+".cdx.json"), components, modeFile)
}

// sharedFiles returns what the archives of all platforms contain: the licences, the README, the man pages and the
// completion scripts.
func (r *release) sharedFiles(ctx context.Context) ([]file, error) {
	files, err := r.licences("")
	if err != nil {
		return nil, err
	}
	readme, err := readFile("README.md", modeFile, filepath.Join(r.source, "README.md"))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "followgraph-manual-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	generate := exec.CommandContext(ctx, "go", "run", "-trimpath", "-tags", "manual", "./cmd/followgraph", dir, r.version, r.time.Format(time.RFC3339))
	generate.Dir = r.source
	generate.Env = append(os.Environ(), "CGO_ENABLED=0") // as the programs, whose packages are compiled already
	if output, err := generate.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("generating the man pages: %w\n%s", err, output)
	}
	return appendDirectory(append(files, readme), "", os.DirFS(dir))
}

// appendDirectory appends the files of a directory that may be missing.
func appendDirectory(files []file, prefix string, dir fs.FS) ([]file, error) {
	err := walkFiles(dir, func(name string, content []byte) { files = append(files, file{prefix + name, modeFile, content}) })
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return files, err
}

// writeTarGz writes files like writeTar, compressed.
func writeTarGz(w io.Writer, files []file, modified time.Time) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	return errors.Join(writeTar(compressed, files, modified), compressed.Close())
}

// checksums returns the SHA-256 of each file of this version in dist, in the format of sha256sum.
func (r *release) checksums() ([]byte, error) {
	paths, err := filepath.Glob(r.distPath("*"))
	if err != nil {
		return nil, err
	}
	var sums bytes.Buffer
	for _, location := range paths { // sorted
		sum, err := fileSum(location)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sum, filepath.Base(location))
	}
	return sums.Bytes(), nil
}

func fileSum(location string) ([]byte, error) {
	f, err := os.Open(location)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return hash.Sum(nil), err
}
