package resident

import (
	"cmp"
	"math"
	"sync/atomic"

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

// wide holds the times and ids that do not fit into an entry. It only grows: a value stays until the graph is loaded
// again. It has one writer; readers take no lock.
type wide struct {
	blocks atomic.Pointer[[]*wideBlock]
	n      int
}

const wideBlockSize = 1024

type wideBlock [wideBlockSize]key

func newWide() *wide {
	w := new(wide)
	w.blocks.Store(new([]*wideBlock))
	return w
}

// pack returns the entry of a follow without its other user. Only the writer calls it.
func (w *wide) pack(at timestamp.Timestamp, id int64) entry {
	if 0 <= at && at < wideTime && 0 <= id && id < 1<<idBits {
		return packed(uint64(at), uint64(id))
	}
	blocks := *w.blocks.Load()
	if w.n%wideBlockSize == 0 {
		blocks = append(blocks[:len(blocks):len(blocks)], new(wideBlock))
		w.blocks.Store(&blocks)
	}
	blocks[w.n/wideBlockSize][w.n%wideBlockSize] = timeKey(at, id)
	w.n++
	return packed(wideTime, uint64(w.n-1))
}

func packed(at, id uint64) entry { return entry{high: at<<highIDBits | id>>32, low: uint32(id)} }

// time is the order of pages.
func (w *wide) time(e entry) key {
	at, id := e.high>>highIDBits, e.high<<(64-highIDBits)>>(64-idBits)|uint64(e.low)
	if at == wideTime {
		return (*w.blocks.Load())[id/wideBlockSize][id%wideBlockSize]
	}
	return key{int64(at), int64(id)}
}

// bytes returns the memory of the table. Only the writer calls it.
func (w *wide) bytes() int64 { return int64(len(*w.blocks.Load())) * wideBytes }
