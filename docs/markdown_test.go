// Package docs holds the documentation. Its tests check every Markdown file of the repository: lines, links, and the
// names of files and commands that the text mentions.
package docs

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const (
	root = ".."
	// columns is the width at which prose wraps. Tables, headings and code are not wrapped.
	columns = 120
)

var update = flag.Bool("update", false, "wrap the Markdown files")

// markdownFiles returns the paths of all Markdown files below the root, without those of installed packages.
func markdownFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	walk(t, func(path string) {
		if filepath.Ext(path) == ".md" && !strings.Contains(path, "testdata") {
			files = append(files, path)
		}
	})
	require.Greater(t, len(files), 20)
	return files
}

// walk visits all files of the repository, without installed packages and hidden directories.
func walk(t *testing.T, visit func(path string)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			visit(path)
		case entry.Name() == "node_modules" || path != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		}
		return nil
	}))
}

func TestProseIsWrapped(t *testing.T) {
	t.Parallel()
	for _, file := range markdownFiles(t) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		wrapped := wrap(string(text))
		if *update {
			require.NoError(t, os.WriteFile(file, []byte(wrapped), 0o600))
			continue
		}
		got, want := strings.Split(string(text), "\n"), strings.Split(wrapped, "\n")
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Errorf("%s:%d is not wrapped at %d columns; `go test ./docs -update` wraps it. The line should be\n%s",
					file, i+1, columns, want[i])
				break
			}
		}
	}
}

func TestArchitectureIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("architecture.md")
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(text), "\n"), 150, "details belong in docs/design")
}

var (
	listItem = regexp.MustCompile(`^ *([-*]|\d+\.) +`)
	// verbatim matches lines that are never wrapped: tables, headings, HTML, quotes, images and link definitions.
	verbatim = regexp.MustCompile(`^ *(\||#|<|>|!\[|\[[^]]+\]: )`)
	fence    = regexp.MustCompile("^ *(```|~~~)")
	// marker matches a word that would begin another block if it came first in a line.
	marker = regexp.MustCompile(`^([-+*>|]|#+|\d+[.)])$`)
	// word is a run of characters without a space, with code spans kept whole.
	word = regexp.MustCompile("(?:`[^`]*`|[^\\s`])+|`")
)

// wrap fills each paragraph and list item of a Markdown text up to the number of columns.
func wrap(text string) string {
	var out []string
	var block []string // words of the current paragraph or list item
	var first, rest string
	flush := func() {
		if block != nil {
			out = append(out, fill(block, first, rest)...)
			block = nil
		}
	}
	inFence := false
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case fence.MatchString(line):
			flush()
			inFence = !inFence
			out = append(out, line)
		case inFence:
			out = append(out, line)
		case strings.TrimSpace(line) == "":
			flush()
			if i == len(lines)-1 || len(out) == 0 || out[len(out)-1] != "" {
				out = append(out, "")
			}
		case verbatim.MatchString(line):
			flush()
			out = append(out, line)
		default:
			if item := listItem.FindString(line); item != "" {
				flush()
				first, rest = item, strings.Repeat(" ", len(item))
				line = line[len(item):]
			} else if block == nil {
				first = line[:len(line)-len(strings.TrimLeft(line, " "))]
				rest = first
			}
			block = append(block, strings.TrimSpace(line))
		}
	}
	flush()
	return strings.Join(out, "\n")
}

// fill breaks words into lines. The first line begins with first, the others with rest.
func fill(block []string, first, rest string) []string {
	var lines []string
	line, width, empty := first, utf8.RuneCountInString(first), true
	words := word.FindAllString(strings.Join(block, " "), -1)
	for i, next := range words {
		need := utf8.RuneCountInString(next)
		if i+1 < len(words) && marker.MatchString(words[i+1]) {
			need += 1 + utf8.RuneCountInString(words[i+1])
		}
		switch {
		case empty:
			line += next
			width += utf8.RuneCountInString(next)
		case width+1+need > columns && !marker.MatchString(next):
			lines = append(lines, line)
			line, width = rest+next, len(rest)+utf8.RuneCountInString(next)
		default:
			line += " " + next
			width += 1 + utf8.RuneCountInString(next)
		}
		empty = false
	}
	return append(lines, line)
}
