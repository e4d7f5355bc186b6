package ingest

import (
	"fmt"
	"strings"
)

// column is one column that a kind of file may have.
type column struct {
	names []string // the accepted names; only one of them may stand in the header
}

// absent is the position of a column that the header does not have.
const absent = -1

// locate finds columns in a header and returns their positions, absent for those not there. Other
// columns are ignored.
func locate(header [][]byte, columns []column) ([]int, error) {
	positions := make([]int, len(columns))
	for i, wanted := range columns {
		positions[i] = absent
		for position, field := range header {
			for _, name := range wanted.names {
				if strings.TrimSpace(string(field)) != name {
					continue
				}
				if positions[i] != absent {
					return nil, fmt.Errorf("the header gives column %s twice: %s", strings.Join(wanted.names, " or "), found(header))
				}
				positions[i] = position
			}
		}
	}
	return positions, nil
}

func missing(what string, header [][]byte) error {
	return fmt.Errorf("the header has no column %s: it has %s", what, found(header))
}

// found lists the header's columns for an error message, of a message's length.
func found(header [][]byte) string {
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

// timeColumn is the position and the form of an optional time column.
type timeColumn struct {
	position int
	parse    parseMoment
}

var timeColumns = []column{{[]string{"created_at"}}, {[]string{"epoch_seconds"}}}

func locateTime(header [][]byte) (timeColumn, error) {
	positions, err := locate(header, timeColumns)
	if err != nil {
		return timeColumn{}, err
	}
	createdAt, epochSeconds := positions[0], positions[1]
	switch {
	case createdAt != absent && epochSeconds != absent:
		return timeColumn{}, fmt.Errorf("the header has both created_at and epoch_seconds, one of them is enough: %s", found(header))
	case epochSeconds != absent:
		return timeColumn{epochSeconds, parseEpoch}, nil
	}
	return timeColumn{createdAt, parseRFC3339}, nil
}
