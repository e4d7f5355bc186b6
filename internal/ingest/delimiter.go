package ingest

import (
	"bytes"
	"fmt"
	"strings"

	"followgraph/internal/wording"
)

// delimiters are the delimiters to detect, in the order in which they are tried.
var delimiters = []byte{',', '\t', ';', '|', blanks}

func nameOf(delimiter byte) string {
	switch delimiter {
	case ',':
		return "comma"
	case '\t':
		return "tab"
	case ';':
		return "semicolon"
	case '|':
		return "pipe"
	case blanks:
		return "space"
	}
	return fmt.Sprintf("%q", delimiter)
}

// delimiter parses Format.Delimiter. ok is false if it is empty, so that the delimiter must be detected.
func (f Format) delimiter() (delimiter byte, ok bool, err error) {
	switch f.Delimiter {
	case "":
		return 0, false, nil
	case "space", " ", "blank", "whitespace":
		return blanks, true, nil
	case `\t`:
		return '\t', true, nil
	}
	for _, known := range delimiters {
		if f.Delimiter == nameOf(known) {
			return known, true, nil
		}
	}
	if c := f.Delimiter[0]; len(f.Delimiter) == 1 && c < 0x80 && c != 0 && !strings.ContainsRune("\"\r\n", rune(c)) && !isWord(c) {
		return c, true, nil
	}
	return 0, false, fmt.Errorf("--delimiter must be comma, tab, semicolon, pipe, space, or one ASCII character "+
		"other than a letter, digit, quote or line break, not %q", f.Delimiter)
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// commonDelimiter returns the delimiter with which most rows have the same number of fields. last is the largest
// position of a column.
func commonDelimiter(rows [][]byte, last int) (byte, error) {
	var best []byte
	most := max(last, 1) // the width must be greater than last
	for _, delimiter := range delimiters {
		width := widthOf(rows, delimiter)
		switch {
		case width < most, width == most && len(best) == 0:
		case delimiter == blanks && len(best) > 0 && !allNumbers(rows):
		case width == most:
			best = append(best, delimiter)
		default:
			best, most = []byte{delimiter}, width
		}
	}
	switch {
	case len(best) == 1:
		return best[0], nil
	case len(best) == 2 && best[1] == blanks:
		return best[0], nil
	case len(best) == 0 && last <= 0:
		return ',', nil // one column
	case len(best) == 0:
		for _, delimiter := range delimiters {
			if n := differentWidths(rows, delimiter); n > max(last, 1) {
				return 0, fmt.Errorf("the row %.60q has %s if the delimiter is %s, but other rows have other numbers of columns: "+
					"a row is one follow, so write one row for each user that a user follows", rows[0], wording.Count(n, "column"), nameOf(delimiter))
			}
		}
		return 0, fmt.Errorf("no known delimiter splits the row %.60q into %d columns: give --delimiter", rows[0], last+1)
	}
	return 0, fmt.Errorf("the row %.60q may be separated by %s or by %s: give --delimiter", rows[0], nameOf(best[0]), nameOf(best[1]))
}

// differentWidths returns the number of fields of the first row if another row has another number, otherwise 0.
func differentWidths(rows [][]byte, delimiter byte) int {
	s := splitter{delimiter: delimiter}
	fields, quotes := s.split(rows[0])
	first := len(fields)
	if quotes != wellFormed {
		return 0
	}
	for _, row := range rows[1:] {
		if fields, quotes := s.split(row); quotes == wellFormed && len(fields) != first {
			return first
		}
	}
	return 0
}

// widthOf returns the number of fields that at least four of five rows have, or 0 if there is no such number.
func widthOf(rows [][]byte, delimiter byte) int {
	s := splitter{delimiter: delimiter}
	counts := make(map[int]int)
	for _, row := range rows {
		if fields, quotes := s.split(row); quotes == wellFormed {
			counts[len(fields)]++
		}
	}
	for width, count := range counts {
		if count*5 >= len(rows)*4 {
			return width
		}
	}
	return 0
}

// allNumbers reports whether the rows are numbers between blanks and tabs.
func allNumbers(rows [][]byte) bool {
	for _, row := range rows {
		if bytes.ContainsAny(row, ",;|\"") || len(bytes.Trim(row, "0123456789.+-eE \t")) > 0 {
			return false
		}
	}
	return true
}
