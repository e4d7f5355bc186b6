package resident

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// names gives Cognito ids dense numbers. It only grows: an id keeps its number until the graph is loaded again, and a
// number means the same id in every version. It has one writer; readers take no lock. A reader of an older version may
// find a number that this version does not have.
type names struct {
	seed  maphash.Seed
	table atomic.Pointer[[]atomic.Uint32] // open addressing; a slot contains a number plus one
	ids   atomic.Pointer[[]*idBlock]
	n     int
	text  int64 // the memory of the ids' text
}

const idBlockSize = 4096

type idBlock [idBlockSize]string

func newNames() *names {
	n := &names{seed: maphash.MakeSeed()}
	table := make([]atomic.Uint32, 1024)
	n.table.Store(&table)
	n.ids.Store(new([]*idBlock))
	return n
}

// id returns the id of a number.
func (n *names) id(number uint32) string {
	return (*n.ids.Load())[number/idBlockSize][number%idBlockSize]
}

// find returns the number of an id.
func (n *names) find(id string) (uint32, bool) {
	table := *n.table.Load()
	mask := uint64(len(table) - 1)
	for at := maphash.String(n.seed, id) & mask; ; at = (at + 1) & mask {
		slot := table[at].Load()
		if slot == 0 {
			return 0, false
		}
		if n.id(slot-1) == id {
			return slot - 1, true
		}
	}
}

// findBytes is find.
func (n *names) findBytes(id []byte) (uint32, bool) {
	table := *n.table.Load()
	mask := uint64(len(table) - 1)
	for at := maphash.Bytes(n.seed, id) & mask; ; at = (at + 1) & mask {
		slot := table[at].Load()
		if slot == 0 {
			return 0, false
		}
		if n.id(slot-1) == string(id) {
			return slot - 1, true
		}
	}
}

// addBytes is add.
func (n *names) addBytes(id []byte) uint32 {
	if number, ok := n.findBytes(id); ok {
		return number
	}
	return n.add(string(id))
}

// add returns the number of an id, a new number for a new id, of which it keeps a copy. Only the writer calls it.
func (n *names) add(id string) uint32 {
	if number, ok := n.find(id); ok {
		return number
	}
	blocks := *n.ids.Load()
	if n.n%idBlockSize == 0 {
		blocks = append(blocks[:len(blocks):len(blocks)], new(idBlock))
		n.ids.Store(&blocks)
	}
	number := uint32(n.n)
	blocks[number/idBlockSize][number%idBlockSize] = strings.Clone(id) // before a slot shows the number
	n.n++
	n.text += textBytes(id)
	table := *n.table.Load()
	if 4*n.n <= 3*len(table) {
		n.put(table, number)
		return number
	}
	bigger := make([]atomic.Uint32, 2*len(table))
	for i := range n.n {
		n.put(bigger, uint32(i))
	}
	n.table.Store(&bigger)
	return number
}

func (n *names) put(table []atomic.Uint32, number uint32) {
	mask := uint64(len(table) - 1)
	at := maphash.String(n.seed, n.id(number)) & mask
	for table[at].Load() != 0 {
		at = (at + 1) & mask
	}
	table[at].Store(number + 1)
}

// bytes returns the memory of the ids and of the table. Only the writer calls it.
func (n *names) bytes() int64 {
	return n.text + int64(len(*n.ids.Load()))*idBlockBytes + allocated(4*len(*n.table.Load()))
}
