// Package commit has the positions of commits in the log of a PostgreSQL cluster.
package commit

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Position is the place of a commit in PostgreSQL's log. Positions can be compared with ==; the zero Position is none.
type Position struct {
	System   uint64 // system identifier of the cluster
	Timeline uint32 // changes when a standby is promoted or a backup is restored
	LSN      uint64 // end of the commit's record
}

// String returns the position as a token that fits into a header, such as "7312345678901234567.1.00000000016B3748": the
// system identifier and the timeline in decimal, the LSN in hexadecimal with 16 digits. Of two positions in the same log,
// the later one is also the greater text.
func (p Position) String() string {
	return fmt.Sprintf("%d.%d.%016X", p.System, p.Timeline, p.LSN)
}

// IsZero reports whether p is no position.
func (p Position) IsZero() bool { return p == Position{} }

// SameHistory reports whether two positions are in the same log, so that their order has a meaning.
func (p Position) SameHistory(q Position) bool {
	return p.System == q.System && p.Timeline == q.Timeline
}

// Compare returns the order of two positions. ok is false if they are not in the same log.
func (p Position) Compare(q Position) (order int, ok bool) {
	return cmp.Compare(p.LSN, q.LSN), p.SameHistory(q)
}

// longest is the length of the longest position.
const longest = len("18446744073709551615.4294967295.FFFFFFFFFFFFFFFF")

var errPosition = errors.New(`a position has the form "system.timeline.lsn"`)

// Parse is the inverse of String. It accepts exactly what String returns for a position, and not the zero Position.
func Parse(text string) (Position, error) {
	if len(text) > longest {
		return Position{}, errPosition
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return Position{}, errPosition
	}
	system, systemErr := strconv.ParseUint(parts[0], 10, 64)
	timeline, timelineErr := strconv.ParseUint(parts[1], 10, 32)
	lsn, lsnErr := strconv.ParseUint(parts[2], 16, 64)
	p := Position{system, uint32(timeline), lsn}
	if errors.Join(systemErr, timelineErr, lsnErr) != nil || p.IsZero() || p.String() != text {
		return Position{}, errPosition
	}
	return p, nil
}

// ParseLSN parses an LSN as PostgreSQL writes it, such as "16/B374D848".
func ParseLSN(text string) (uint64, error) {
	high, low, _ := strings.Cut(text, "/")
	h, highErr := strconv.ParseUint(high, 16, 32)
	l, lowErr := strconv.ParseUint(low, 16, 32)
	if err := errors.Join(highErr, lowErr); err != nil {
		return 0, fmt.Errorf("the LSN %q: %w", text, err)
	}
	return h<<32 | l, nil
}
