package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// module is a module that the program links, or the standard library.
type module struct {
	path, version string
	root          string
	packages      []string // directories of its linked packages
	licences      []string // SPDX ids, sorted
	texts         []string // of licences and notices
}

func (m *module) String() string { return strings.TrimSpace(m.path + " " + m.version) }

// linked returns the modules whose packages the program links on Linux, with the standard library first.
func linked(program string) ([]*module, error) {
	list := exec.Command("go", "list", "-deps", "-json=Dir,Standard,Module", program)
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOWORK=off")
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	// Without a version: the licence is the same in all versions, and a newer Go must not change the file.
	standard := &module{path: "The Go standard library", root: strings.TrimSpace(string(root))}
	modules := map[string]*module{}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p struct {
			Dir      string
			Standard bool
			Module   *struct {
				Path, Version, Dir string
				Main               bool
				Replace            *struct{ Path, Version, Dir string }
			}
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		switch {
		case p.Standard:
			continue
		case p.Module == nil:
			return nil, fmt.Errorf("the package in %s has no module", p.Dir)
		case p.Module.Main:
			continue
		}
		path, version, root := p.Module.Path, p.Module.Version, p.Module.Dir
		if r := p.Module.Replace; r != nil {
			path, version, root = r.Path, r.Version, r.Dir
		}
		m := modules[path]
		if m == nil {
			m = &module{path: path, version: version, root: root}
			modules[path] = m
		}
		m.packages = append(m.packages, p.Dir)
	}
	all := []*module{standard}
	for _, m := range modules {
		all = append(all, m)
	}
	slices.SortFunc(all[1:], func(a, b *module) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

var (
	licenceName = regexp.MustCompile(`(?i)^(un)?(licen[sc]e|copying|copyright)s?([-_.].*)?$`)
	noticeName  = regexp.MustCompile(`(?i)^(notice|patents)([-_.].*)?$`)
	sourceName  = regexp.MustCompile(`\.(go|s|c|h|proto|json|ya?ml|tmpl)$`)
)

// read reads the licences and notices in the directories of the module's linked packages and in their parents.
func (m *module) read() error {
	folders := map[string]bool{m.root: true}
	for _, folder := range m.packages {
		for ; len(folder) > len(m.root); folder = filepath.Dir(folder) {
			folders[folder] = true
		}
	}
	inOrder := make([]string, 0, len(folders))
	for folder := range folders {
		inOrder = append(inOrder, folder)
	}
	slices.Sort(inOrder)
	for _, folder := range inOrder {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name := entry.Name()
			isLicence := licenceName.MatchString(name)
			if entry.IsDir() || sourceName.MatchString(name) || !isLicence && !noticeName.MatchString(name) {
				continue
			}
			content, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				return err
			}
			if isLicence {
				ids, err := recognize(content)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				m.licences = append(m.licences, ids...)
			}
			m.texts = append(m.texts, tidy(content))
		}
	}
	if len(m.licences) == 0 {
		return errors.New("no licence found")
	}
	slices.Sort(m.licences)
	m.licences = slices.Compact(m.licences)
	return nil
}

// allowed are the SPDX ids of the licences of modules that may be linked: those that only have to be included, and
// MPL-2.0, which requires only the source of its own files.
var allowed = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "Unicode-3.0", "Unicode-DFS-2016", "Zlib"}

// minimum is the percentage of a licence file that must be text of known licences. The rest are names, years, and which
// part of a module has which licence.
const minimum = 75

// recognize returns the ids of the licences in a file, or an error if one of them is not allowed.
func recognize(content []byte) ([]string, error) {
	coverage := licensecheck.Scan(content)
	if coverage.Percent < minimum {
		return nil, fmt.Errorf("only %.0f%% of the text is a known licence, at least %d%% must be", coverage.Percent, minimum)
	}
	var ids []string
	for _, match := range coverage.Match {
		if !slices.Contains(allowed, match.ID) {
			return nil, fmt.Errorf("%s is not one of the allowed licences: %s", match.ID, strings.Join(allowed, ", "))
		}
		ids = append(ids, match.ID)
	}
	return ids, nil
}

// tidy normalizes line ends and removes blank lines around the text.
func tidy(content []byte) string {
	lines := strings.Split(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
