package persisted

import (
	"fmt"
	"strings"
	"unicode"
)

// The bounds of an error: what is beyond them is counted, not shown.
const (
	maxProblems = 100
	maxMessage  = 300 // characters of what gqlparser says, which may repeat a long value
)

// place is where something stands in a manifest.
type location struct {
	file string
	line int // from 1; 0 for the file as a whole
}

func (p location) String() string {
	if p.line == 0 {
		return p.file
	}
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

// Problem is what is wrong with one document, or with a manifest that could not be read to its end.
type Problem struct {
	File      string
	Line      int    // in the file, from 1; 0 for the file as a whole
	ID        string // the document's; "" for the manifest
	Operation string // its first operation's name, where there is one
	Message   string
}

// String is one line: the place, the document and what is wrong with it.
func (p Problem) String() string {
	var line strings.Builder
	fmt.Fprintf(&line, "%s: ", location{p.File, p.Line})
	if p.ID != "" {
		fmt.Fprintf(&line, "document %.*q", MaxIDBytes, p.ID)
		if p.Operation != "" {
			fmt.Fprintf(&line, " (%s)", oneLine(p.Operation))
		}
		line.WriteString(": ")
	}
	line.WriteString(p.Message)
	return line.String()
}

// Invalid is the error of manifests that cannot be used: what is wrong with each of them, and with each document.
type ManifestError struct {
	Problems  []Problem // the first 100
	Total     int       // the number of all
	Files     int       // manifests that were looked at
	Documents int       // documents that were
}

// Error is a line for each problem.
func (e *ManifestError) Error() string {
	lines := []string{"the persisted documents cannot be used"}
	for _, problem := range e.Problems {
		lines = append(lines, problem.String())
	}
	if more := e.Total - len(e.Problems); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

func (e *ManifestError) add(p Problem) {
	e.Total++
	if len(e.Problems) < maxProblems {
		e.Problems = append(e.Problems, p)
	}
}

// oneLine makes a message fit for a line of a terminal: no control characters, not too long.
func oneLine(message string) string {
	clean := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, message))
	if len(clean) > maxMessage {
		return string(clean[:maxMessage]) + "…"
	}
	return string(clean)
}
