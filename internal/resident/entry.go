package resident

import (
	"cmp"

	"followgraph/internal/timestamp"
)

// entry is one follow in a list of one of its two users: the other user, when the follow began, and its id. Its fields
// are 32 bits wide, because 64-bit fields would pad it from 20 to 24 bytes.
type entry struct {
	other      uint32 // the number of the other user
	atHi, atLo uint32
	idHi, idLo uint32
}

func newEntry(other uint32, at timestamp.Timestamp, id int64) entry {
	return entry{other, uint32(uint64(at) >> 32), uint32(at), uint32(uint64(id) >> 32), uint32(id)}
}

func (e entry) at() timestamp.Timestamp {
	return timestamp.Timestamp(uint64(e.atHi)<<32 | uint64(e.atLo))
}

func (e entry) id() int64 { return int64(uint64(e.idHi)<<32 | uint64(e.idLo)) }

// order compares two entries of one list.
type order func(a, b entry) int

// byTime is the order of pages: when a follow began, then its id.
func byTime(a, b entry) int {
	if c := cmp.Compare(a.at(), b.at()); c != 0 {
		return c
	}
	return cmp.Compare(a.id(), b.id())
}

// byOther is the order in which the follow of one user is found.
func byOther(a, b entry) int { return cmp.Compare(a.other, b.other) }
