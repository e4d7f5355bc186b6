package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// file is a file of an archive or a layer.
type file struct {
	name    string // relative, with slashes
	mode    int64
	content []byte
}

const (
	modeFile    = 0o644
	modeProgram = 0o755
)

// readFile returns the file at location under another name.
func readFile(name string, mode int64, location string) (file, error) {
	content, err := os.ReadFile(location)
	return file{name, mode, content}, err
}

// writeTar writes files and their directories in the order of their names, owned by root. The bytes depend on nothing
// else.
func writeTar(w io.Writer, files []file, modified time.Time) error {
	files = slices.Clone(files)
	known := map[string]bool{".": true}
	for _, f := range files {
		for dir := path.Dir(f.name); !known[dir]; dir = path.Dir(dir) {
			known[dir] = true
			files = append(files, file{name: dir + "/", mode: 0o755})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	archive := tar.NewWriter(w)
	for _, f := range files {
		header := &tar.Header{
			Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: modified, Format: tar.FormatUSTAR, Typeflag: tar.TypeReg,
		}
		if strings.HasSuffix(f.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(archive, bytes.NewReader(f.content)); err != nil {
			return err
		}
	}
	return archive.Close()
}

// walkFiles calls visit for each file of a directory.
func walkFiles(root fs.FS, visit func(name string, content []byte)) error {
	return fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err == nil {
			visit(name, content)
		}
		return err
	})
}

// createFile writes a file that everyone may read. If write fails, the file is removed.
func createFile(location string, write func(io.Writer) error) (err error) {
	f, err := os.Create(location)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(location) // the first error is reported
		}
	}()
	return write(f)
}
