package ingest

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// graphNote is a comment of a graph format that describes the whole graph.
type graphNote struct {
	pattern *regexp.Regexp
	problem string // the reason why such a file is not imported
}

const (
	undirected = "the edges have no direction, but a follow has one: " +
		"if both users follow each other, write two rows per edge, one for each direction, and remove this line"
	bipartite = "the two columns number two kinds of nodes, each from 1: give the nodes of one kind other ids, and remove this line"
)

// graphNotes are comments of SNAP, KONECT, Matrix Market and the Network Repository.
var graphNotes = []graphNote{
	{regexp.MustCompile(`(?i)^%%MatrixMarket\s+matrix\s+array\b`), "the file is a dense matrix, not a list of edges: write it in coordinate format"},
	{regexp.MustCompile(`(?i)^%%MatrixMarket\b.*\b(symmetric|skew-symmetric|hermitian)\b`), undirected},
	{regexp.MustCompile(`^%\s*sym\b`), undirected},
	{regexp.MustCompile(`^%\s*bip\b`), bipartite},
	{regexp.MustCompile(`^%\s*asym\s+dynamic\b`), "the weights say which edges are added and removed over time: write the edges that exist at the end"},
	{regexp.MustCompile(`(?i)^[#%]+\s*undirected\b`), undirected},
}

var matrixMarket = regexp.MustCompile(`(?i)^%%MatrixMarket\b`)

// refuseComment returns an error for a comment which shows that the file is not a list of follows.
func refuseComment(line []byte, number int64) error {
	for _, note := range graphNotes {
		if note.pattern.Match(line) {
			return fmt.Errorf("line %d says %.60q: %s", number, bytes.TrimSpace(line), note.problem)
		}
	}
	return nil
}

var matrixSize = regexp.MustCompile(`^\s*([0-9]+)\s+([0-9]+)\s+([0-9]+)\s*$`)

// entries returns the number of entries in the size line of a Matrix Market file: rows, columns, entries.
func entries(line []byte) (int64, bool) {
	match := matrixSize.FindSubmatch(line)
	if match == nil {
		return 0, false
	}
	count, err := strconv.ParseInt(string(match[3]), 10, 64)
	return count, err == nil
}

// commentPrefix returns the comment prefix of a line before the header, or an empty string if it is not a comment.
func commentPrefix(line []byte, f Format) string {
	switch f.Comment {
	case "none":
		return ""
	case "":
		if len(line) > 0 && (line[0] == '#' || line[0] == '%') {
			return string(line[:1])
		}
		return ""
	}
	if bytes.HasPrefix(line, []byte(f.Comment)) {
		return f.Comment
	}
	return ""
}

var (
	footerLine = regexp.MustCompile(`^\s*\([0-9]+ \pL+\)\s*$`) // psql's (2 rows), in any language
	excelHint  = regexp.MustCompile(`(?i)^"?sep=(.|\\t)"?\s*$`)
)

// isRule reports whether a line is a horizontal rule of a table, as psql and Markdown draw it.
func isRule(line []byte) bool {
	return bytes.Contains(line, []byte("--")) && len(bytes.Trim(line, "-+|: \t")) == 0
}

// isDecoration reports whether a line is output of a program that is not a row: a rule, the number of rows, or the end
// of COPY's data.
func isDecoration(line []byte) bool {
	switch line[0] {
	case '-', '+', '|', ' ', '\t':
		return isRule(line)
	case '(':
		return footerLine.Match(line)
	case '\\':
		return string(line) == `\.`
	}
	return false
}
