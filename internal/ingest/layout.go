package ingest

import (
	"fmt"
	"strings"

	"followgraph/internal/textfile"
)

// Format is the format of a file. Empty fields are detected.
type Format struct {
	// Delimiter separates fields: "comma", "tab", "semicolon", "pipe", "space" (runs of blanks and tabs), or an ASCII
	// character.
	Delimiter string

	// Columns assigns columns: "follower=1,following=2" by position, or "follower=Source,following=Target" by name.
	// Columns without an assignment are found by their names in the header.
	Columns string

	NoHeader bool // the first line is a row

	// Comment is the prefix of comment lines, or "none". Empty: # or %, if there are comments before the header or the
	// first row.
	Comment string
}

// Layout is the detected format of a file.
type Layout struct {
	Compression string // empty for a plain file
	Encoding    string // empty for UTF-8
	Delimiter   string // "comma", "tab", …
	HeaderLine  int64  // 0: the file has no header
	Columns     []LayoutColumn
	Comment     string // prefix of comment lines; empty: none
	RowNames    bool   // rows start with a name that has no column in the header, as in files of R
}

// LayoutColumn is a column that is read.
type LayoutColumn struct {
	Name     string // follower_id, …
	Position int    // from 1
	Header   string // its name in the file; empty without a header
}

// String describes the layout in one line of text.
func (l Layout) String() string {
	var parts []string
	for _, part := range []string{l.Compression, l.Encoding} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	separator, ok := delimiterWords[l.Delimiter]
	if !ok {
		separator = l.Delimiter
	}
	parts = append(parts, "separated by "+separator)
	if l.HeaderLine > 0 {
		parts = append(parts, fmt.Sprintf("header in line %d", l.HeaderLine))
	} else {
		parts = append(parts, "no header")
	}
	for _, c := range l.Columns {
		text := fmt.Sprintf("%s is column %d", c.Name, c.Position)
		if c.Header != "" && c.Header != c.Name {
			text += fmt.Sprintf(" (%q)", c.Header)
		}
		parts = append(parts, text)
	}
	if l.RowNames {
		parts = append(parts, "rows start with a row name")
	}
	if l.Comment != "" {
		parts = append(parts, fmt.Sprintf("lines that start with %s are comments", l.Comment))
	}
	return strings.Join(parts, ", ")
}

var delimiterWords = map[string]string{
	"comma": "commas", "tab": "tabs", "semicolon": "semicolons", "pipe": "pipes", "space": "blanks",
}

// layout returns the detected format.
func (p plan) layout(s schema, text *textfile.Text) Layout {
	l := Layout{
		Compression: text.Compression, Encoding: text.Encoding,
		Delimiter: nameOf(p.delimiter), Comment: p.comment, RowNames: p.rowNames,
	}
	if p.header != nil {
		l.HeaderLine = p.line
	}
	for i, position := range p.positions {
		if position == absent {
			continue
		}
		c := LayoutColumn{Name: s.columns[i].name(), Position: position + 1}
		at := position
		if p.rowNames {
			at--
		}
		if at < len(p.header) {
			c.Header = p.header[at]
		}
		l.Columns = append(l.Columns, c)
	}
	return l
}
