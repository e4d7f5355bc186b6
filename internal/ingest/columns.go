package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// column is a column of a kind of file.
type column struct {
	names []string // accepted names in the header, which may have one of them; the first one is used in messages
	keys  []string // further names in Format.Columns
	isID  bool
}

func (c column) name() string { return c.names[0] }

// absent is the position of a column that is not in the file.
const absent = -1

// schema describes the columns of a kind of file.
type schema struct {
	columns []column

	// missing returns the name of a required column that has no position, or an empty string.
	missing func(positions []int) string

	isGraph bool   // its rows are edges
	least   int    // number of required columns
	example string // of Format.Columns
}

// assignment is one element of Format.Columns.
type assignment struct {
	column   int    // index in the schema
	position int    // from 0; absent if a name is given
	name     string // in the header
}

// assignments parses Format.Columns: follower=1,following=2 or follower=Source,following=Target.
func (s schema) assignments(text string) ([]assignment, error) {
	var all []assignment
	if text == "" {
		return nil, nil
	}
	for _, element := range strings.Split(text, ",") {
		key, value, ok := strings.Cut(element, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || value == "" {
			return nil, fmt.Errorf("--columns: %q does not have the form name=column, as in %s", element, s.example)
		}
		a := assignment{column: s.column(key), position: absent, name: value}
		if a.column < 0 {
			return nil, fmt.Errorf("--columns: unknown column %q: the columns are %s", key, s.columnNames())
		}
		if slices.ContainsFunc(all, func(other assignment) bool { return other.column == a.column }) {
			return nil, fmt.Errorf("--columns contains %s twice", key)
		}
		if allDigits(value) {
			position, err := strconv.Atoi(value)
			if err != nil || position < 1 || position > maxLine {
				return nil, fmt.Errorf("--columns: %s: column numbers start at 1", element)
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

func (s schema) columnNames() string {
	var names []string
	for _, c := range s.columns {
		names = append(names, append(slices.Clone(c.keys), c.names...)...)
	}
	return strings.Join(names, ", ")
}

// locate returns the position of each column. It applies the assignments first, and looks for the names of the other
// columns in the header. It ignores other columns of the file.
func (s schema) locate(header []string, assignments []assignment) ([]int, error) {
	positions := make([]int, len(s.columns))
	for i, c := range s.columns {
		positions[i] = absent
		at := slices.IndexFunc(assignments, func(a assignment) bool { return a.column == i })
		if at >= 0 {
			position, err := assignments[at].find(header)
			if err != nil {
				return nil, err
			}
			positions[i] = position
			continue
		}
		for position, name := range header {
			if !slices.Contains(c.names, name) || slices.ContainsFunc(assignments, func(a assignment) bool { return a.name == name }) {
				continue
			}
			if positions[i] != absent {
				return nil, fmt.Errorf("the header contains column %s twice: %s", strings.Join(c.names, " or "), list(header))
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
		return absent, fmt.Errorf("--columns: a file without a header needs numbers from 1, not %q", a.name)
	case position < 0:
		return absent, fmt.Errorf("the header has no column %q: it has %s", a.name, list(header))
	case slices.Contains(header[position+1:], a.name):
		return absent, fmt.Errorf("the header contains column %q twice, so give its number in --columns: %s", a.name, list(header))
	}
	return position, nil
}

func (s schema) distinct(positions []int) error {
	for i, position := range positions {
		if other := slices.Index(positions, position); position != absent && other < i {
			return fmt.Errorf("%s and %s are both column %d: give them different columns in --columns",
				s.columns[other].name(), s.columns[i].name(), position+1)
		}
	}
	return nil
}

// timeColumn returns the position of the column with times, absent if there is none, and its parser.
func timeColumn(p plan, createdAt, epoch int) (int, *timeParser, error) {
	at, seconds := p.positions[createdAt], p.positions[epoch]
	switch {
	case at != absent && seconds != absent:
		return absent, nil, fmt.Errorf("the header has both created_at and epoch_seconds, but only one is allowed: %s", list(p.header))
	case seconds != absent:
		return seconds, &timeParser{epoch: true}, nil
	}
	return at, &timeParser{}, nil
}

// list lists columns for an error message, of bounded length.
func list(columns []string) string {
	const maxColumns, maxLength = 12, 40
	var names []string
	for i, column := range columns {
		if i == maxColumns {
			names = append(names, fmt.Sprintf("and %d more", len(columns)-maxColumns))
			break
		}
		names = append(names, fmt.Sprintf("%.*q", maxLength, column))
	}
	return strings.Join(names, ", ")
}
