package resident

import (
	"cmp"
	"math"

	"followgraph/internal/timestamp"
)

// entry is one follow in a list of one of its two users: the other user, the start of the follow, and its id. It takes
// 16 bytes. Times from 2000 to 2071 take 51 bits, and ids below 2^45 take 45. Any other time or id is in the table
// wide: the bits of the time are then all set, and the bits of the id are the place in the table.
type entry struct {
	high  uint64 // the time, and the highest bits of the id
	low   uint32 // the lowest bits of the id
	other uint32 // the number of the other user
}

const (
	idBits     = 45
	highIDBits = idBits - 32
	wideTime   = 1<<(64-highIDBits) - 1
)

// key is what a list is sorted by: time and id, or the other user.
type key struct{ first, second int64 }

var (
	minKey  = key{math.MinInt64, math.MinInt64}
	lastKey = key{math.MaxInt64, math.MaxInt64}
)

func (k key) less(other key) bool {
	return k.first < other.first || k.first == other.first && k.second < other.second
}

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.first, other.first), cmp.Compare(k.second, other.second))
}

// order returns the key of an entry in one kind of list.
type order func(entry) key

// byOther is the order in which the follow of one user is found.
func byOther(e entry) key { return key{int64(e.other), 0} }

// timeKey returns the position of a follow in the order of pages: its start, then its id.
func timeKey(at timestamp.Timestamp, id int64) key { return key{int64(at), id} }

// wide holds the times and ids that do not fit into an entry. Each version has its own, which share what they can.
type wide struct {
	keys tree[key]
	end  uint32 // no entry has had a place from end on
}

// pack returns the entry of a follow without its other user. It takes a place of free, if it needs one. The edit must
// have made w.
func (w *wide) pack(at timestamp.Timestamp, id int64, free *[]uint32, edit uint64) entry {
	place := w.end
	if last := len(*free) - 1; last >= 0 {
		place, *free = (*free)[last], (*free)[:last]
	} else {
		w.end++
	}
	*w.keys.own(place, edit) = timeKey(at, id)
	return packed(wideTime, uint64(place))
}

// narrow returns the entry of a follow without its other user, if time and id fit into one.
func narrow(at timestamp.Timestamp, id int64) (entry, bool) {
	if 0 <= at && at < wideTime && 0 <= id && id < 1<<idBits {
		return packed(uint64(at), uint64(id)), true
	}
	return entry{}, false
}

func packed(at, id uint64) entry { return entry{high: at<<highIDBits | id>>32, low: uint32(id)} }

func (e entry) isWide() bool { return e.high>>highIDBits == wideTime }

// id returns the id of the follow, or the place in the table wide.
func (e entry) id() uint64 { return e.high<<(64-highIDBits)>>(64-idBits) | uint64(e.low) }

// time is the order of pages.
func (w *wide) time(e entry) key {
	if e.isWide() {
		return w.keys.get(uint32(e.id()))
	}
	return key{int64(e.high >> highIDBits), int64(e.id())}
}
