package ingest

import (
	"bytes"
	"fmt"
	"strings"
)

// delimiters are those that are found out, in the order in which they are tried.
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

// delimiter reads Format.Delimiter; ok is false where it is to be found out.
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
	return 0, false, fmt.Errorf("--delimiter: %q is none of comma, tab, semicolon, pipe, space and a single ASCII character "+
		"that is no letter, digit, quote or line break", f.Delimiter)
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// commonDelimiter returns the delimiter that gives most rows the same number of fields. last is the greatest position of a
// column.
func commonDelimiter(rows [][]byte, last int) (byte, error) {
	var best []byte
	most := max(last, 1) // a width must be greater
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
		return 0, fmt.Errorf("nothing separates the row %.60q into %d columns: give --delimiter", rows[0], last+1)
	}
	return 0, fmt.Errorf("the row %.60q can be read as separated by %s or by %s: give --delimiter", rows[0], nameOf(best[0]), nameOf(best[1]))
}

// widthOf returns how many fields four of five rows have, 0 where they differ more.
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
