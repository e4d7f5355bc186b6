//go:build manual

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// main of the variant with the tag manual writes the man pages to DIRECTORY/man1, and the completion scripts to
// DIRECTORY/completions. It is separate, so that the program does not contain the generator. cmd/release runs it:
//
//	go run -tags manual ./cmd/followgraph DIRECTORY VERSION TIME
//
// TIME (RFC 3339) is the date on the pages.
func main() {
	if err := writeManual(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(exitFailed)
	}
}

func writeManual(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("three arguments are required, not %d", len(args))
	}
	dir, version := args[0], args[1]
	date, err := time.Parse(time.RFC3339, args[2])
	if err != nil {
		return err
	}
	root := newRoot()
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	pages, completions := filepath.Join(dir, "man1"), filepath.Join(dir, "completions")
	for _, path := range []string{pages, completions} {
		if err := os.MkdirAll(path, 0o755); err != nil { //nolint:gosec // for everyone to read
			return err
		}
	}
	if err := writePages(pages, root, version, date); err != nil {
		return err
	}
	if err := root.GenBashCompletionFileV2(filepath.Join(completions, "followgraph.bash"), true); err != nil {
		return err
	}
	if err := root.GenZshCompletionFile(filepath.Join(completions, "_followgraph")); err != nil {
		return err
	}
	return root.GenFishCompletionFile(filepath.Join(completions, "followgraph.fish"), true)
}

// writePages writes a page for the command and each command below it.
func writePages(dir string, command *cobra.Command, version string, date time.Time) error {
	if !command.IsAvailableCommand() || command.IsAdditionalHelpTopicCommand() {
		return nil
	}
	for _, sub := range command.Commands() {
		if err := writePages(dir, sub, version, date); err != nil {
			return err
		}
	}
	name := strings.ReplaceAll(command.CommandPath(), " ", "-")
	header := &doc.GenManHeader{
		Title: strings.ToUpper(name), Section: "1", Date: &date, Source: "Followgraph " + version, Manual: "Followgraph Manual",
	}
	command.DisableAutoGenTag = true // the tag has the time of the build
	var page bytes.Buffer
	if err := doc.GenMan(command, header, &page); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".1"), tidyPage(page.Bytes(), date), 0o644) //nolint:gosec // for everyone to read
}

var (
	pageTitle = regexp.MustCompile(`(?m)^(\.TH "[^"]*" "1" )"[^"]*"`)
	// An option is a paragraph whose second line, the description, begins with a tab.
	pageOption = regexp.MustCompile(`(?m)^(?:\.PP\n)?(\\fB.*)\n\t(.*)$`)
	pageBlanks = regexp.MustCompile(`\n\n+`)
)

// tidyPage corrects what mandoc's lint reports about pages of cobra: the date lacks the day, the descriptions of options
// begin with a tab instead of being indented paragraphs, and there are blank lines.
func tidyPage(page []byte, date time.Time) []byte {
	page = pageTitle.ReplaceAll(page, []byte(`${1}"`+date.UTC().Format(time.DateOnly)+`"`))
	page = pageOption.ReplaceAll(page, []byte(".TP\n$1\n$2"))
	return pageBlanks.ReplaceAll(page, []byte("\n"))
}
