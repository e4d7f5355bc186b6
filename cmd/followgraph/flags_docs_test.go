package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
)

// flagKey is a flag of one command, such as "import edges" and "columns". The command of a flag that all commands take
// is empty.
type flagKey struct{ command, flag string }

// flagText is the documentation of a flag in docs/configuration.md.
type flagText struct{ variable, value string }

// TestDocumentationOfFlags compares the tables of docs/configuration.md with the flags of every command, in both
// directions: names, environment variables and defaults.
func TestDocumentationOfFlags(t *testing.T) {
	t.Parallel()
	root := newRoot()
	documented := documentedFlags(t, root)
	defined := map[flagKey]*pflag.Flag{}
	root.PersistentFlags().VisitAll(func(flag *pflag.Flag) { defined[flagKey{"", flag.Name}] = flag })
	visitCommands(root, func(path string, command *cobra.Command) {
		command.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			if flag.Name != "help" && flag.Name != "version" {
				defined[flagKey{path, flag.Name}] = flag
			}
		})
	})
	for key := range documented {
		if defined[key] == nil {
			t.Errorf("%v: the row of docs/configuration.md has no flag", key)
		}
	}
	for key, flag := range defined {
		row, ok := documented[key]
		if !ok {
			t.Errorf("%v: the flag has no row in docs/configuration.md", key)
			continue
		}
		variable := "`" + config.Variable(flag.Name) + "`"
		if flag.Name == "database-url" {
			variable += ", else `DATABASE_URL`"
		}
		require.Equal(t, variable, row.variable, "%v", key)
		require.Equal(t, canonicalDefault(flag.DefValue), documentedDefault(row.value), "%v", key)
	}
}

// visitCommands calls visit for each command below root, with its path as a user types it.
func visitCommands(root *cobra.Command, visit func(path string, command *cobra.Command)) {
	for _, command := range root.Commands() {
		visit(strings.TrimPrefix(command.CommandPath(), "followgraph "), command)
		visitCommands(command, visit)
	}
}

var (
	flagsHeading = regexp.MustCompile("^## (?:All commands|`followgraph ([a-z]+)`)")
	flagCell     = regexp.MustCompile("^`--([a-z-]+)`(?: \\(([a-z]+)\\))?$")
	codeSpan     = regexp.MustCompile("`([^`]*)`")
)

// documentedFlags reads the tables of docs/configuration.md. The first cell of a table's header is "flag", for every
// command of the section, or names the commands: "flag of `adopt prepare`, `switch`". A row may name the only command
// that takes its flag: "`--force` (finish)".
func documentedFlags(t *testing.T, root *cobra.Command) map[flagKey]flagText {
	t.Helper()
	text, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	rows := map[flagKey]flagText{}
	section, commands := "", []string(nil)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "## ") {
			section, commands = "-", nil
			if heading := flagsHeading.FindStringSubmatch(line); heading != nil {
				section = heading[1]
			}
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		if !strings.HasPrefix(line, "|") || len(cells) < 4 {
			continue
		}
		first := strings.TrimSpace(cells[0])
		if strings.HasPrefix(first, "flag") {
			commands = tableCommands(root, section, first)
			continue
		}
		match := flagCell.FindStringSubmatch(first)
		require.NotNil(t, match, "%s", line)
		only := commands
		if match[2] != "" {
			only = []string{section + " " + match[2]}
			require.Subset(t, commands, only, "%s", line)
		}
		for _, command := range only {
			rows[flagKey{command, match[1]}] = flagText{variable: strings.TrimSpace(cells[1]), value: cells[2]}
		}
	}
	return rows
}

// tableCommands returns the commands that a table of a section is about.
func tableCommands(root *cobra.Command, section, header string) (commands []string) {
	if section == "" {
		return []string{""}
	}
	for _, name := range codeSpan.FindAllStringSubmatch(header, -1) {
		commands = append(commands, section+" "+strings.TrimPrefix(name[1], section+" "))
	}
	if commands != nil {
		return commands
	}
	visitCommands(root, func(path string, command *cobra.Command) {
		if (path == section || strings.HasPrefix(path, section+" ")) && !command.HasSubCommands() {
			commands = append(commands, path)
		}
	})
	return commands
}

// documentedDefault returns the value in code marks of a cell. Words without marks, such as "none", describe an empty
// value.
func documentedDefault(cell string) string {
	if value := codeSpan.FindStringSubmatch(cell); value != nil {
		return canonicalDefault(value[1])
	}
	return ""
}

// canonicalDefault writes equal durations equally, and removes the brackets of a list.
func canonicalDefault(value string) string {
	if duration, err := time.ParseDuration(value); err == nil && value != "0" {
		return duration.String()
	}
	return strings.Trim(value, "[]")
}
