package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`
	gpl = `This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public
License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later
version.

This program is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied
warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.

You should have received a copy of the GNU General Public License along with this program. If not, see
<https://www.gnu.org/licenses/>.
`
)

func TestRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files    map[string]string
		licences []string
		texts    []string
		want     string // the error
	}{
		"one":         {map[string]string{"LICENSE": "MIT License\r\n\r\n" + mit}, []string{"MIT"}, []string{"MIT License\n\n" + strings.TrimSpace(mit)}, ""},
		"with notice": {map[string]string{"LICENCE.md": mit, "NOTICE": "Made by Ada."}, []string{"MIT"}, []string{strings.TrimSpace(mit), "Made by Ada."}, ""},
		"of a folder above a package": {
			map[string]string{"LICENSE": mit, "a/COPYING.txt": mit + "Ada", "a/b/b.go": "package b", "c/LICENSE": gpl, "license.go": "package a"},
			[]string{"MIT"}, []string{strings.TrimSpace(mit), mit + "Ada"}, "",
		},
		"none":             {map[string]string{"README": mit, "license.go": "package a"}, nil, nil, "no licence found"},
		"notice alone":     {map[string]string{"NOTICE": mit}, nil, nil, "no licence found"},
		"not allowed":      {map[string]string{"LICENSE": gpl}, nil, nil, "LICENSE: GPL"},
		"one of two":       {map[string]string{"LICENSE": mit, "a/b/COPYING": gpl}, nil, nil, "is not one of the allowed licences"},
		"two in one":       {map[string]string{"LICENSE": mit + gpl}, nil, nil, "is not one of the allowed licences"},
		"unknown":          {map[string]string{"LICENSE": "All rights reserved."}, nil, nil, "at least 75% must be"},
		"with a condition": {map[string]string{"LICENSE": mit + strings.Repeat("You must paint your house in the colour that we choose. ", 20)}, nil, nil, "at least 75% must be"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for name, content := range test.files {
				require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(content), 0o600))
			}
			require.NoError(t, os.MkdirAll(filepath.Join(root, "a", "b"), 0o700))
			m := &module{path: "example.com/m", version: "v1.0.0", root: root, packages: []string{filepath.Join(root, "a", "b")}}
			err := m.read()
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.licences, m.licences)
			require.Equal(t, test.texts, m.texts)
		})
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	out := string(write([]*module{
		{path: "a", licences: []string{"MIT"}, texts: []string{"same", "same"}},
		{path: "b", version: "v1", licences: []string{"ISC", "MIT"}, texts: []string{"own", "same"}},
	}))
	require.Equal(t, introduction+"a: MIT\nb v1: ISC, MIT\n"+
		"\n"+rule+"\na\nb v1\n"+rule+"\n\nsame\n"+
		"\n"+rule+"\nb v1\n"+rule+"\n\nown\n", out)
}

// TestLinked expects the modules that the go command records in the program.
func TestLinked(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "followgraph")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../followgraph")
	build.Env = append(build.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	recorded, err := exec.CommandContext(t.Context(), "go", "version", "-m", binary).Output()
	require.NoError(t, err)
	want := map[string]bool{"The Go standard library": true}
	for _, dependency := range regexp.MustCompile(`(?m)^\tdep\t(\S+)\t(\S+)`).FindAllStringSubmatch(string(recorded), -1) {
		want[dependency[1]+" "+dependency[2]] = true
	}
	require.Greater(t, len(want), 20)
	modules, err := linked("../followgraph")
	require.NoError(t, err)
	got := make([]string, 0, len(modules))
	for _, m := range modules {
		got = append(got, m.String())
	}
	slices.Sort(got)
	require.Equal(t, slices.Sorted(maps.Keys(want)), got)
}
