package ingest

import (
	"bytes"
	"fmt"
	"slices"
)

// names recognizes repeated headers. They occur among the rows if several files were concatenated.
type names struct {
	header  []string
	all     map[string]bool
	lengths [64]bool  // lengths of the names, a cheap test that excludes most values
	firsts  [256]bool // first bytes of the names, for the same purpose
	ids     []int     // positions of ids
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

// isHeader reports whether a row repeats the header. A different header is an error, because the rows after it have
// other columns.
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

// judgeOther returns an error for a row with two or more column names.
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
	return fmt.Errorf("this is a different header, %s, so the rows after it have other columns: import each file separately", list(row))
}

// isJoined reports whether a line contains the last row of a file and the header of the next file. This happens if
// files are concatenated and the first one does not end in a line break.
func (n *names) isJoined(fields [][]byte) bool {
	width := len(n.header)
	if width == 0 || len(fields) != 2*width-1 {
		return false
	}
	joint := fields[width-1]
	return len(joint) > len(n.header[0]) && bytes.HasSuffix(joint, []byte(n.header[0])) && slices.Equal(texts(fields[width:]), n.header[1:])
}
