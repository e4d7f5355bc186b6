package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	codeSpan = regexp.MustCompile("`[^`\n]*`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
	linked   = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	// slugDrop matches what GitHub leaves out of the anchor of a heading.
	slugDrop = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
)

// TestLinksResolve checks that the file of each relative link exists, and that its anchor is a heading of that file.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	anchors := map[string]map[string]bool{}
	anchorsOf := func(file string) map[string]bool {
		if anchors[file] == nil {
			anchors[file] = headings(prose(t, file))
		}
		return anchors[file]
	}
	for _, file := range markdownFiles(t) {
		for _, match := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(prose(t, file), ""), -1) {
			target := match[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path, anchor, hasAnchor := strings.Cut(target, "#")
			at := file
			if path != "" {
				at = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s: the file of the link %s does not exist", file, target)
				continue
			}
			if hasAnchor && filepath.Ext(at) == ".md" && !anchorsOf(at)[anchor] {
				t.Errorf("%s: the link %s names a heading that does not exist", file, target)
			}
		}
	}
}

// headings returns the anchors of a text's headings as GitHub makes them.
func headings(text string) map[string]bool {
	anchors := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		title := linked.ReplaceAllString(match[1], "$1")
		slug := strings.ReplaceAll(slugDrop.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
		unique := slug
		for i := 1; anchors[unique]; i++ {
			unique = slug + "-" + strconv.Itoa(i)
		}
		anchors[unique] = true
	}
	return anchors
}

// prose returns the text of a Markdown file without its code blocks.
func prose(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var lines []string
	inFence := false
	for line := range strings.SplitSeq(string(text), "\n") {
		if fence.MatchString(line) {
			inFence = !inFence
		} else if !inFence {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// TestTargetsAreListed checks that CONTRIBUTING.md has a row for each target that `make help` lists.
func TestTargetsAreListed(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	contributing, err := os.ReadFile("../CONTRIBUTING.md")
	require.NoError(t, err)
	targets := regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllStringSubmatch(string(makefile), -1)
	require.NotEmpty(t, targets)
	for _, target := range targets {
		row := regexp.MustCompile(`(?m)^\| ` + "`make " + target[1] + "[ `]")
		require.Regexp(t, row, string(contributing), "make %s has no row in CONTRIBUTING.md", target[1])
	}
}
