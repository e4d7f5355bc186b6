package ingest

import (
	"bytes"
	"fmt"
	"slices"

	"followgraph/internal/textfile"
)

// names finds headers among the rows: those of files that were put together.
type names struct {
	header  []string
	all     map[string]bool
	lengths [64]bool  // of the names: most values are told from them by their length
	firsts  [256]bool // and by their first byte
	ids     []int     // positions
}

func namesOf(s schema, p plan) names {
	n := names{header: p.header, all: make(map[string]bool)}
	for i, c := range s.columns {
		for _, name := range c.names {
			n.add(name)
		}
		if c.isID && p.positions[i] != absent {
			n.ids = append(n.ids, p.positions[i])
		}
	}
	for _, name := range p.header {
		n.add(name)
	}
	return n
}

func (n *names) add(name string) {
	if name != "" && len(name) < len(n.lengths) {
		n.all[name], n.lengths[len(name)], n.firsts[name[0]] = true, true, true
	}
}

// isHeader reports whether a row is the header again. Another header is an error: the rows behind it have other columns.
func (n *names) isHeader(fields [][]byte, width int) (bool, error) {
	if len(fields) != width {
		return false, n.judgeOther(fields)
	}
	for _, id := range n.ids {
		if n.has(fields[id]) {
			if slices.Equal(texts(fields), n.header) {
				return true, nil
			}
			return false, n.judgeOther(fields)
		}
	}
	return false, nil
}

func (n *names) has(field []byte) bool {
	return len(field) < len(n.lengths) && n.lengths[len(field)] && n.firsts[field[0]] && n.all[string(field)]
}

// judgeOther returns an error for a row that holds names of columns.
func (n *names) judgeOther(fields [][]byte) error {
	row := texts(fields)
	known := 0
	for _, value := range row {
		if n.all[value] {
			known++
		}
	}
	if known < 2 {
		return nil
	}
	return fmt.Errorf("this is another header, %s, and the rows behind it have other columns: import each file by itself", found(row))
}

// isJoined reports whether a row is the last one of a file and the header of the next, between which a line break is missing.
func (n *names) isJoined(fields [][]byte) bool {
	width := len(n.header)
	if width == 0 || len(fields) != 2*width-1 {
		return false
	}
	joint := fields[width-1]
	return len(joint) > len(n.header[0]) && bytes.HasSuffix(joint, []byte(n.header[0])) && slices.Equal(texts(fields[width:]), n.header[1:])
}

// layout says how the file is read.
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
