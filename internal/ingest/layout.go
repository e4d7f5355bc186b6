package ingest

import (
	"fmt"
	"strings"
)

// Format says how a file is written, as far as the caller knows. The zero value has all of it found out.
type Format struct {
	// Delimiter separates fields: "comma", "tab", "semicolon", "pipe", "space" (runs of blanks and tabs), or an ASCII
	// character.
	Delimiter string

	// Columns says which columns hold what: "follower=1,following=2" by position, or "follower=Source,following=Target" by
	// name. Columns that are not given have their own names in the header.
	Columns string

	NoHeader bool // the first line is a row already

	// Comment is what lines begin with that are comments; "none" where no line is one. Empty: # or %, if comments come before
	// the header or the first row.
	Comment string
}

// Layout says how a file was understood.
type Layout struct {
	Compression string // empty for a plain file
	Encoding    string // empty for UTF-8
	Delimiter   string // "comma", "tab", …
	HeaderLine  int64  // 0: the file has no header
	Columns     []LayoutColumn
	Comment     string // what comment lines begin with; empty: there are none
	RowNames    bool   // rows begin with a name that the header does not have, as R writes them
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
		parts = append(parts, "rows begin with a row name")
	}
	if l.Comment != "" {
		parts = append(parts, fmt.Sprintf("lines that begin with %s are comments", l.Comment))
	}
	return strings.Join(parts, ", ")
}

var delimiterWords = map[string]string{
	"comma": "commas", "tab": "tabs", "semicolon": "semicolons", "pipe": "pipes", "space": "blanks",
}
