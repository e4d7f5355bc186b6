package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// generateManual runs the variant of the program that writes the man pages and completion scripts, and returns their
// directory.
func generateManual(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	generate := exec.CommandContext(t.Context(), "go", "run", "-tags", "manual", ".", dir, "v1.2.3", "2026-11-29T20:00:00Z")
	generate.Env = append(generate.Environ(), "CGO_ENABLED=0") // as for make build, which has compiled the packages
	output, err := generate.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return dir
}

// TestManual checks the generated files: mandoc has nothing to object to, each command has a page with the complete
// texts of its flags, and Bash completes commands and flags.
func TestManual(t *testing.T) {
	t.Parallel()
	dir := generateManual(t)
	pages := filepath.Join(dir, "man1")
	expected := map[string]bool{"followgraph.1": true}
	visitCommands(newRoot(), func(path string, command *cobra.Command) {
		name := "followgraph-" + strings.ReplaceAll(path, " ", "-") + ".1"
		expected[name] = true
		text := renderPage(t, filepath.Join(pages, name))
		require.Contains(t, text, "Followgraph v1.2.3")
		require.Contains(t, text, "2026-11-29")
		command.Flags().VisitAll(func(flag *pflag.Flag) {
			require.Contains(t, text, strings.Join(strings.Fields(flag.Usage), " "), "%s: the text of --%s", name, flag.Name)
		})
	})
	files, err := filepath.Glob(filepath.Join(pages, "*"))
	require.NoError(t, err)
	for _, file := range files {
		name := filepath.Base(file)
		delete(expected, name)
		lint, err := exec.CommandContext(t.Context(), "mandoc", "-T", "lint", "-W", "warning", file).CombinedOutput()
		require.NoError(t, err, "%s: %s", name, lint)
		require.Empty(t, string(lint), name)
	}
	require.Empty(t, expected, "commands without a page")

	for line, want := range map[string]string{
		"followgraph ser":                        "serve",
		"followgraph import ed":                  "edges",
		"followgraph migrate up --offl":          "--offline",
		"followgraph users set-role ada --log-f": "--log-format",
	} {
		require.Equal(t, want, strings.TrimRight(completeInBash(t, filepath.Join(dir, "completions", "followgraph.bash"), line), "= "), line)
	}
	for _, script := range []string{"_followgraph", "followgraph.fish"} {
		text, err := os.ReadFile(filepath.Join(dir, "completions", script))
		require.NoError(t, err)
		require.Contains(t, string(text), "__complete", script)
	}
}

// renderPage returns the text of a man page with single spaces.
func renderPage(t *testing.T, path string) string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "mandoc", "-T", "utf8", "-O", "width=1000", path).Output()
	require.NoError(t, err, "%s", path)
	runes := []rune(string(text))
	var plain []rune
	for i := 0; i < len(runes); i++ {
		if i+1 < len(runes) && runes[i+1] == '\b' { // bold and underlined letters are printed twice
			i++
			continue
		}
		plain = append(plain, runes[i])
	}
	return strings.Join(strings.Fields(string(plain)), " ")
}

// completeInBash returns what the script adds to a command line.
func completeInBash(t *testing.T, script, line string) string {
	t.Helper()
	// The function replaces the one of the package bash-completion, which splits the line. The program is this test.
	const driver = `
_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}; words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
compopt() { :; }
source "$1"
followgraph() { ` + asProgram + `=1 "$PROGRAM" "$@"; }
COMP_LINE=$2; COMP_POINT=${#2}; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_TYPE=9; COMP_KEY=9
__start_followgraph
printf '%s\n' "${COMPREPLY[@]}"`
	command := exec.CommandContext(t.Context(), "bash", "--norc", "--noprofile", "-c", driver, "bash", script, line)
	command.Env = append(os.Environ(), "PROGRAM="+os.Args[0])
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return strings.TrimSuffix(string(output), "\n")
}
