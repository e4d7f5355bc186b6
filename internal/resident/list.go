package resident

import (
	"slices"

	"github.com/tidwall/btree"
)

// The sizes of lists, in entries.
const (
	maxShort = 256 // a list with more is cut into chunks
	maxChunk = 256 // of a chunk: what one change of a long list copies
)

// list holds entries in one order. It is immutable: a change returns another list, which shares what it can.
type list struct {
	short []entry // all of them, unless long is there
	long  *chunks
}

// chunks is a list too long to be copied at each change: a copy-on-write tree of pieces, by the first entry of each.
type chunks struct {
	tree *btree.BTreeG[chunk]
	n    int
}

type chunk struct {
	first   entry
	entries []entry
}

func (l list) len() int {
	if l.long != nil {
		return l.long.n
	}
	return len(l.short)
}

// build takes over entries, which are in order.
func build(entries []entry, by order) list {
	if len(entries) <= maxShort {
		return list{short: slices.Clip(entries)}
	}
	tree := newTree(by)
	for piece := range slices.Chunk(entries, maxChunk) {
		piece = slices.Clone(piece)
		tree.Load(chunk{piece[0], piece})
	}
	return list{long: &chunks{tree, len(entries)}}
}

func newTree(by order) *btree.BTreeG[chunk] {
	less := func(a, b chunk) bool { return by(a.first, b.first) < 0 }
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

// insert returns the list with an entry more. An entry that compares equal is replaced.
func (l list) insert(e entry, by order) list {
	if l.long == nil {
		i, found := slices.BinarySearchFunc(l.short, e, by)
		entries := with(l.short, i, e, found)
		if len(entries) > maxShort {
			return build(entries, by)
		}
		return list{short: entries}
	}
	next := &chunks{l.long.tree.Copy(), l.long.n}
	old, ok := chunkOf(next.tree, e)
	if !ok {
		old, _ = next.tree.Min() // e comes before all others
	}
	i, found := slices.BinarySearchFunc(old.entries, e, by)
	if !found {
		next.n++
	}
	entries := with(old.entries, i, e, found)
	if by(entries[0], old.first) != 0 {
		next.tree.Delete(old)
	}
	if len(entries) <= maxChunk {
		next.tree.Set(chunk{entries[0], entries})
		return list{long: next}
	}
	half := len(entries) / 2
	if i == len(entries)-1 {
		half = maxChunk // appended: the chunks before the last one stay full
	}
	for _, part := range [][]entry{entries[:half], entries[half:]} {
		next.tree.Set(chunk{part[0], slices.Clone(part)})
	}
	return list{long: next}
}

// with is entries with one more at i, or with another one there.
func with(entries []entry, i int, e entry, replace bool) []entry {
	if replace {
		next := slices.Clone(entries)
		next[i] = e
		return next
	}
	next := make([]entry, len(entries)+1)
	copy(next, entries[:i])
	next[i] = e
	copy(next[i+1:], entries[i:])
	return next
}

// remove returns the list without an entry; found is false where it has none that compares equal.
func (l list) remove(e entry, by order) (_ list, found bool) {
	if l.long == nil {
		i, found := slices.BinarySearchFunc(l.short, e, by)
		if !found {
			return l, false
		}
		return list{short: without(l.short, i)}, true
	}
	old, ok := chunkOf(l.long.tree, e)
	if !ok {
		return l, false
	}
	i, found := slices.BinarySearchFunc(old.entries, e, by)
	if !found {
		return l, false
	}
	next := &chunks{l.long.tree.Copy(), l.long.n - 1}
	if i == 0 || len(old.entries) == 1 {
		next.tree.Delete(old)
	}
	if entries := without(old.entries, i); len(entries) > 0 {
		next.tree.Set(chunk{entries[0], entries})
	}
	if next.n <= maxShort/2 {
		entries := make([]entry, 0, next.n)
		next.tree.Scan(func(c chunk) bool { entries = append(entries, c.entries...); return true })
		return list{short: entries}, true
	}
	return list{long: next}, true
}

func without(entries []entry, i int) []entry {
	next := make([]entry, len(entries)-1)
	copy(next, entries[:i])
	copy(next[i:], entries[i+1:])
	return next
}

// chunkOf is the chunk that an entry is in, if the list has it; ok is false where it comes before all chunks.
func chunkOf(tree *btree.BTreeG[chunk], e entry) (found chunk, ok bool) {
	tree.Descend(chunk{first: e}, func(c chunk) bool {
		found, ok = c, true
		return false
	})
	return found, ok
}

// find is the entry that compares equal.
func (l list) find(e entry, by order) (entry, bool) {
	entries := l.short
	if l.long != nil {
		c, ok := chunkOf(l.long.tree, e)
		if !ok {
			return entry{}, false
		}
		entries = c.entries
	}
	i, found := slices.BinarySearchFunc(entries, e, by)
	if !found {
		return entry{}, false
	}
	return entries[i], true
}

// ascend calls visit for the entries behind a position, in order, until it returns false.
func (l list) ascend(beyond entry, by order, visit func(entry) bool) {
	if l.long == nil {
		ascendIn(l.short, beyond, by, visit)
		return
	}
	pivot, ok := chunkOf(l.long.tree, beyond)
	if !ok {
		pivot.first = beyond
	}
	begun := false
	l.long.tree.Ascend(pivot, func(c chunk) bool {
		if !begun && ok {
			begun = true
			return ascendIn(c.entries, beyond, by, visit)
		}
		for _, e := range c.entries {
			if !visit(e) {
				return false
			}
		}
		return true
	})
}

func ascendIn(entries []entry, beyond entry, by order, visit func(entry) bool) bool {
	i, found := slices.BinarySearchFunc(entries, beyond, by)
	if found {
		i++
	}
	for ; i < len(entries); i++ {
		if !visit(entries[i]) {
			return false
		}
	}
	return true
}

// descend calls visit for the entries before a position, backwards, until it returns false.
func (l list) descend(beyond entry, by order, visit func(entry) bool) {
	if l.long == nil {
		descendIn(l.short, beyond, by, visit)
		return
	}
	first := true
	l.long.tree.Descend(chunk{first: beyond}, func(c chunk) bool {
		if first {
			first = false
			return descendIn(c.entries, beyond, by, visit)
		}
		for i := len(c.entries) - 1; i >= 0; i-- {
			if !visit(c.entries[i]) {
				return false
			}
		}
		return true
	})
}

func descendIn(entries []entry, beyond entry, by order, visit func(entry) bool) bool {
	i, _ := slices.BinarySearchFunc(entries, beyond, by)
	for i--; i >= 0; i-- {
		if !visit(entries[i]) {
			return false
		}
	}
	return true
}
