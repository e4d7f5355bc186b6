package ingest

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// graphNote is what a comment says of the graph, in the words of a format.
type graphNote struct {
	pattern *regexp.Regexp
	problem string // why the file is not imported
}

const (
	undirected = "the edges have no direction, and a follow has one: " +
		"if both ends follow each other, write each edge as two rows, one for each direction, into a file without this line"
	bipartite = "the two columns count two kinds of nodes, each from 1: give the nodes of one kind other ids, in a file without this line"
)

// graphNotes are those of SNAP, KONECT, Matrix Market and the Network Repository.
var graphNotes = []graphNote{
	{regexp.MustCompile(`(?i)^%%MatrixMarket\s+matrix\s+array\b`), "the file is a full matrix, not a list of edges: write it in the coordinate form"},
	{regexp.MustCompile(`(?i)^%%MatrixMarket\b.*\b(symmetric|skew-symmetric|hermitian)\b`), undirected},
	{regexp.MustCompile(`^%\s*sym\b`), undirected},
	{regexp.MustCompile(`^%\s*bip\b`), bipartite},
	{regexp.MustCompile(`^%\s*asym\s+dynamic\b`), "the weights say which edges come and which go: write the edges that are there at the end"},
	{regexp.MustCompile(`(?i)^[#%]+\s*undirected\b`), undirected},
}

var matrixMarket = regexp.MustCompile(`(?i)^%%MatrixMarket\b`)

// refuseComment returns an error for a comment that says that the file is no list of follows.
func refuseComment(line []byte, number int64) error {
	for _, note := range graphNotes {
		if note.pattern.Match(line) {
			return fmt.Errorf("line %d says %.60q: %s", number, bytes.TrimSpace(line), note.problem)
		}
	}
	return nil
}

var matrixSize = regexp.MustCompile(`^\s*([0-9]+)\s+([0-9]+)\s+([0-9]+)\s*$`)

// entries reads the size line of a Matrix Market file: rows, columns and entries.
func entries(line []byte) (int64, bool) {
	match := matrixSize.FindSubmatch(line)
	if match == nil {
		return 0, false
	}
	count, err := strconv.ParseInt(string(match[3]), 10, 64)
	return count, err == nil
}

// commentPrefix finds out whether a line before the header is a comment.
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

// isRule reports whether a line is a rule between the header and the rows of a table, as psql and Markdown draw it.
func isRule(line []byte) bool {
	return bytes.Contains(line, []byte("--")) && len(bytes.Trim(line, "-+|: \t")) == 0
}

// isFurniture reports whether a line is no row because a program put it around the rows: a rule, the number of rows, the end
// of COPY's data.
func isFurniture(line []byte) bool {
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
