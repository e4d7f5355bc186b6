package resident

import (
	"hash/maphash"
	"sync/atomic"
)

// names gives ids dense numbers. It only grows, with one writer; readers take no lock. A number means the same in every
// version of the graph.
type names struct {
	seed  maphash.Seed
	table atomic.Pointer[[]atomic.Uint32] // open addressing; a slot has a number plus one
	ids   atomic.Pointer[[]*idBlock]
	n     int
}

const idBlockSize = 4096

type idBlock [idBlockSize]string

func newNames() *names {
	n := &names{seed: maphash.MakeSeed()}
	table := make([]atomic.Uint32, 1024)
	n.table.Store(&table)
	n.ids.Store(&[]*idBlock{})
	return n
}

// id is the id of a number that names has given.
func (n *names) id(number uint32) string {
	return (*n.ids.Load())[number/idBlockSize][number%idBlockSize]
}

// find is the number of an id.
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

// add is the number of an id, a new one where it has none. Only the writer calls it.
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
	blocks[number/idBlockSize][number%idBlockSize] = id
	n.n++
	table := *n.table.Load()
	if 4*n.n > 3*len(table) {
		bigger := make([]atomic.Uint32, 2*len(table))
		for i := range n.n {
			n.put(bigger, uint32(i))
		}
		n.table.Store(&bigger)
		return number
	}
	n.put(table, number)
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
