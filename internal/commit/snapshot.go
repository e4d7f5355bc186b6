package commit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Snapshot is which transactions the statements of a session see (PostgreSQL, pg_snapshot). The zero Snapshot sees none.
type Snapshot struct {
	xmax    uint64   // transactions from here on are not seen
	running []uint64 // transactions before xmax that are not seen
}

// ParseSnapshot parses the text of a pg_snapshot: xmin:xmax:running, such as "10:20:10,14,15".
func ParseSnapshot(text string) (Snapshot, error) {
	var s Snapshot
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return s, fmt.Errorf("the snapshot %q has not three parts", text)
	}
	var err error
	if s.xmax, err = strconv.ParseUint(parts[1], 10, 64); err != nil {
		return s, fmt.Errorf("the snapshot %q: %w", text, err)
	}
	for xid := range strings.SplitSeq(parts[2], ",") {
		if xid == "" {
			continue
		}
		n, err := strconv.ParseUint(xid, 10, 64)
		if err != nil {
			return Snapshot{}, fmt.Errorf("the snapshot %q: %w", text, err)
		}
		s.running = append(s.running, n)
	}
	return s, nil
}

// Sees reports whether a committed transaction is visible. xid has no epoch, as in the stream of commits: it is the one
// within 2³¹ transactions of the snapshot.
func (s Snapshot) Sees(xid uint32) bool {
	if int32(xid-uint32(s.xmax)) >= 0 {
		return false
	}
	return !slices.ContainsFunc(s.running, func(running uint64) bool { return uint32(running) == xid })
}
