package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// column is one column that a kind of file may have.
type column struct {
	names []string // the accepted names, the first of them for messages; only one of them may stand in the header
	keys  []string // further names in Format.Columns
	isID  bool
}

func (c column) name() string { return c.names[0] }

// absent is the position of a column that the file does not have.
const absent = -1

// schema is a kind of file.
type schema struct {
	columns []column

	// missing names a column that positions lack and must not; empty where none is.
	missing func(positions []int) string

	isGraph bool   // its rows are edges
	least   int    // columns that there must be
	example string // of Format.Columns
}

// assignment is one element of Format.Columns.
type assignment struct {
	column   int    // of the schema
	position int    // from 0; absent where the header's name is given
	name     string // in the header
}

// assignments reads Format.Columns: follower=1,following=2 or follower=Source,following=Target.
func (s schema) assignments(text string) ([]assignment, error) {
	var all []assignment
	if text == "" {
		return nil, nil
	}
	for _, element := range strings.Split(text, ",") {
		key, value, ok := strings.Cut(element, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || value == "" {
			return nil, fmt.Errorf("--columns: %q is not name=column, as in %s", element, s.example)
		}
		a := assignment{column: s.column(key), position: absent, name: value}
		if a.column < 0 {
			return nil, fmt.Errorf("--columns: there is no column %q: the columns are %s", key, s.known())
		}
		if slices.ContainsFunc(all, func(other assignment) bool { return other.column == a.column }) {
			return nil, fmt.Errorf("--columns gives %s twice", key)
		}
		if allDigits(value) {
			position, err := strconv.Atoi(value)
			if err != nil || position < 1 || position > maxLine {
				return nil, fmt.Errorf("--columns: %s: columns are counted from 1", element)
			}
			a.position = position - 1
		}
		all = append(all, a)
	}
	return all, nil
}

func (s schema) column(key string) int {
	return slices.IndexFunc(s.columns, func(c column) bool {
		return slices.Contains(c.names, key) || slices.Contains(c.keys, key)
	})
}

func (s schema) known() string {
	var names []string
	for _, c := range s.columns {
		names = append(names, append(slices.Clone(c.keys), c.names...)...)
	}
	return strings.Join(names, ", ")
}

// locate finds the columns and returns their positions. assigned columns come first; the others have their own names, if
// there is a header. Further columns of the file are ignored.
func (s schema) locate(header []string, given []assignment) ([]int, error) {
	positions := make([]int, len(s.columns))
	for i, wanted := range s.columns {
		positions[i] = absent
		at := slices.IndexFunc(given, func(a assignment) bool { return a.column == i })
		if at >= 0 {
			position, err := given[at].find(header)
			if err != nil {
				return nil, err
			}
			positions[i] = position
			continue
		}
		for position, name := range header {
			if !slices.Contains(wanted.names, name) || slices.ContainsFunc(given, func(a assignment) bool { return a.name == name }) {
				continue
			}
			if positions[i] != absent {
				return nil, fmt.Errorf("the header gives column %s twice: %s", strings.Join(wanted.names, " or "), found(header))
			}
			positions[i] = position
		}
	}
	return positions, s.distinct(positions)
}

func (a assignment) find(header []string) (int, error) {
	if a.position != absent {
		return a.position, nil
	}
	position := slices.Index(header, a.name)
	switch {
	case position < 0 && header == nil:
		return absent, fmt.Errorf("--columns: without a header columns are numbers from 1, not %q", a.name)
	case position < 0:
		return absent, fmt.Errorf("the header has no column %q: it has %s", a.name, found(header))
	case slices.Contains(header[position+1:], a.name):
		return absent, fmt.Errorf("the header gives column %q twice, give its number in --columns: %s", a.name, found(header))
	}
	return position, nil
}

func (s schema) distinct(positions []int) error {
	for i, position := range positions {
		if other := slices.Index(positions, position); position != absent && other < i {
			return fmt.Errorf("%s and %s are both column %d: give each a column of its own in --columns",
				s.columns[other].name(), s.columns[i].name(), position+1)
		}
	}
	return nil
}

// timeColumn returns the position of the column that holds times, absent where there is none, and what reads them.
func timeColumn(p plan, createdAt, epoch int) (int, *timeParser, error) {
	at, seconds := p.positions[createdAt], p.positions[epoch]
	switch {
	case at != absent && seconds != absent:
		return absent, nil, fmt.Errorf("the header has both created_at and epoch_seconds, one of them is enough: %s", found(p.header))
	case seconds != absent:
		return seconds, &timeParser{epoch: true}, nil
	}
	return at, &timeParser{}, nil
}

// found lists the header's columns for an error message, of a message's length.
func found(header []string) string {
	const most, longest = 12, 40
	var names []string
	for i, field := range header {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(header)-most))
			break
		}
		names = append(names, fmt.Sprintf("%.*q", longest, field))
	}
	return strings.Join(names, ", ")
}
