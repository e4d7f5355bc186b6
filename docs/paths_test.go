package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamedFilesExist checks the paths in code spans, such as `internal/store/lock.go`: each is a path from the
// repository's root. Paths with a placeholder in capitals or with a wildcard are not checked.
func TestNamedFilesExist(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile("^`((?:audits|bench|clients|cmd|docs|ent|examples|graph|internal|migrations|scripts|tools|web)/[a-z0-9_./-]+)`$")
	for _, file := range ownPages(t) {
		for _, span := range codeSpan.FindAllString(prose(t, file), -1) {
			if match := path.FindStringSubmatch(span); match != nil {
				if _, err := os.Stat(filepath.Join(root, match[1])); err != nil {
					t.Errorf("%s names %s, which does not exist", file, match[1])
				}
			}
		}
	}
}

// TestNamedGoFilesExist checks that each file in a code span without a directory, such as `lock.go`, exists somewhere.
func TestNamedGoFilesExist(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	walk(t, func(path string) { names[filepath.Base(path)] = true })
	file := regexp.MustCompile("^`([a-z0-9_]+\\.(?:go|sql|ts))`$")
	for _, page := range ownPages(t) {
		for _, span := range codeSpan.FindAllString(prose(t, page), -1) {
			if match := file.FindStringSubmatch(span); match != nil && !names[match[1]] {
				t.Errorf("%s names %s, which does not exist", page, match[1])
			}
		}
	}
}

// ownPages returns README.md, CONTRIBUTING.md and the pages of docs.
func ownPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("*.md")
	require.NoError(t, err)
	design, err := filepath.Glob("design/*.md")
	require.NoError(t, err)
	return append(append(pages, design...), filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"))
}

// TestNamedTestsExist checks that each test and benchmark in a code span is a function of the repository.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(`)
	functions := map[string]bool{"TestFollowIsIdempotent": true} // the example of a name
	walk(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, match := range function.FindAllSubmatch(text, -1) {
				functions[string(match[1])] = true
			}
		}
	})
	named := regexp.MustCompile("^`((?:Test|Benchmark|Fuzz)[A-Z]\\w*)")
	for _, file := range ownPages(t) {
		for _, span := range codeSpan.FindAllString(prose(t, file), -1) {
			if match := named.FindStringSubmatch(span); match != nil && !functions[match[1]] {
				t.Errorf("%s names %s, which does not exist", file, match[1])
			}
		}
	}
}
