package persisted

import (
	"fmt"
	"strings"
	"unicode"
)

// The limits of an error. Further problems are counted, but not listed.
const (
	maxProblems = 100
	maxMessage  = 300 // characters of gqlparser's message, which may contain a long value
)

// location is a line of a manifest.
type location struct {
	file string
	line int // from 1; 0 for the whole file
}

func (p location) String() string {
	if p.line == 0 {
		return p.file
	}
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

// Problem describes an invalid document, or a manifest that could not be read completely.
type Problem struct {
	File      string
	Line      int    // in the file, from 1; 0 for the whole file
	ID        string // of the document; "" for the manifest
	Operation string // name of the first operation, if any
	Message   string
}

// String returns one line with the location, the document and the message.
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

// ManifestError lists the problems of manifests that cannot be used.
type ManifestError struct {
	Problems  []Problem // the first 100
	Total     int       // number of all problems
	Files     int       // number of manifests that were read
	Documents int       // number of documents that were checked
}

// Error returns one line for each problem.
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

// oneLine makes a message fit on one line of a terminal: without control characters, and not too long.
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
