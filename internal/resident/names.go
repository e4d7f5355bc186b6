package resident

import (
	"hash/maphash"
	"math"
	"strings"
)

// names gives Cognito ids dense numbers. Each version has its own names, which share what they can. So the number of an
// id that no row has any more can be given to another id: a version that is older goes on to see the old one.
type names struct {
	seed  maphash.Seed
	table tree[uint32] // by a hash of the id, with open addressing; an element is a number plus one
	slots uint32       // the size of table, a power of two
	ids   tree[string]
	n     int    // ids
	end   uint32 // no id has had a number from end on
	text  int64  // the memory of the ids' text
}

const fewestSlots = 1024

func newNames() names { return names{seed: maphash.MakeSeed(), slots: fewestSlots} }

// id returns the id of a number.
func (n *names) id(number uint32) string { return n.ids.get(number) }

// find returns the number of an id.
func (n *names) find(id string) (uint32, bool) {
	for at := n.first(id); ; at = n.after(at) {
		slot := n.table.get(at)
		if slot == 0 {
			return 0, false
		}
		if n.ids.get(slot-1) == id {
			return slot - 1, true
		}
	}
}

// findAll sets numbers to those of ids, or to the number that no id has. Like pageReader.complete, it takes each step to
// the memory of many ids in a row.
func (n *names) findAll(ids []string, numbers []uint32) {
	var known [64]string
	for len(ids) > 0 {
		block := min(len(known), len(ids))
		for i, id := range ids[:block] {
			numbers[i] = n.table.get(n.first(id)) - 1 // noNumber for an empty slot
		}
		for i, number := range numbers[:block] {
			known[i] = n.ids.get(number)
		}
		for i, id := range ids[:block] {
			if known[i] == id && numbers[i] != noNumber {
				continue
			}
			number, ok := n.find(id)
			if !ok {
				number = noNumber
			}
			numbers[i] = number
		}
		ids, numbers = ids[block:], numbers[block:]
	}
}

// noNumber is no id's number.
const noNumber = math.MaxUint32

// findBytes is find.
func (n *names) findBytes(id []byte) (uint32, bool) {
	for at := uint32(maphash.Bytes(n.seed, id)) & (n.slots - 1); ; at = n.after(at) {
		slot := n.table.get(at)
		if slot == 0 {
			return 0, false
		}
		if n.ids.get(slot-1) == string(id) {
			return slot - 1, true
		}
	}
}

// first returns the slot of an id, unless other ids have it.
func (n *names) first(id string) uint32 { return uint32(maphash.String(n.seed, id)) & (n.slots - 1) }

func (n *names) after(at uint32) uint32 { return (at + 1) & (n.slots - 1) }

// add gives an id a number: one of free, if it has any. It keeps a copy of the id, which must not have a number.
func (n *names) add(id string, free *[]uint32, edit uint64) uint32 {
	number := n.end
	if last := len(*free) - 1; last >= 0 {
		number, *free = (*free)[last], (*free)[:last]
	} else {
		n.end++
	}
	n.n++
	n.text += textBytes(len(id))
	*n.ids.own(number, edit) = strings.Clone(id)
	if 4*n.n <= 3*int(n.slots) {
		n.put(number, edit)
		return number
	}
	old := n.table
	n.table, n.slots = tree[uint32]{}, 2*n.slots
	n.put(number, edit)
	old.all(func(_, slot uint32) bool {
		if slot != 0 {
			n.put(slot-1, edit)
		}
		return true
	})
	return number
}

func (n *names) put(number uint32, edit uint64) {
	at := n.first(n.ids.get(number))
	for n.table.get(at) != 0 {
		at = n.after(at)
	}
	*n.table.own(at, edit) = number + 1
}

// remove takes the number of an id away.
func (n *names) remove(number uint32, edit uint64) {
	id := n.ids.get(number)
	hole := n.first(id)
	for n.table.get(hole) != number+1 {
		hole = n.after(hole)
	}
	// Later ids that the hole would hide move into it (Knuth, The Art of Computer Programming, 6.4, algorithm R).
	for at := n.after(hole); ; at = n.after(at) {
		slot := n.table.get(at)
		if slot == 0 {
			break
		}
		if mask := n.slots - 1; (at-n.first(n.ids.get(slot-1)))&mask >= (at-hole)&mask {
			*n.table.own(hole, edit) = slot
			hole = at
		}
	}
	*n.table.own(hole, edit) = 0
	*n.ids.own(number, edit) = ""
	n.n--
	n.text -= textBytes(len(id))
}

// bytes returns the memory of the ids and of the table.
func (n *names) bytes() int64 { return n.text + n.ids.bytes() + n.table.bytes() }

func (n *names) madeBy(edit uint64) int64 { return n.ids.madeBy(edit) + n.table.madeBy(edit) }
