package resident

import (
	"slices"

	"github.com/tidwall/btree"
)

// chunks is a list that is too long to be copied at each change: a copy-on-write tree of chunks.
type chunks struct {
	tree *btree.BTreeG[chunk]
	n    int    // entries
	edit uint64 // the edit that made this value, and may change it

	entryBytes int64 // the memory of all entries
	madeBytes  int64 // the memory of those that edit has made
	madeChunks int   // chunks that edit has copied
}

// chunk holds the entries from its key to the key of the next chunk. The key of the first chunk is minKey, so every key
// is covered by one chunk.
type chunk struct {
	key
	entries []entry
	edit    uint64 // the edit that made entries, and may change them
}

func chunkLess(a, b chunk) bool { return a.less(b.key) }

// newChunks divides entries, which are in order.
func newChunks(entries []entry, of order, edit uint64) *chunks {
	tree := btree.NewBTreeGOptions(chunkLess, btree.Options{NoLocks: true})
	c := &chunks{tree: tree, n: len(entries), edit: edit}
	k := minKey
	for part := range slices.Chunk(entries, chunkLength) {
		if tree.Len() > 0 {
			k = of(part[0])
		}
		at := chunk{k, exact(part), edit}
		tree.Load(at)
		c.count(at)
	}
	return c
}

// count adds the memory of a chunk that the edit has made.
func (c *chunks) count(made chunk) {
	bytes := entriesBytes(made.entries)
	c.entryBytes += bytes
	c.madeBytes += bytes
	c.madeChunks++
}

// put stores a chunk that the edit has made out of another one, which is in the tree.
func (c *chunks) put(made, from chunk) {
	c.discount(from)
	c.count(made)
	c.tree.Set(made)
}

// discount takes the memory of a chunk that is replaced.
func (c *chunks) discount(from chunk) {
	bytes := entriesBytes(from.entries)
	c.entryBytes -= bytes
	if from.edit == c.edit {
		c.madeBytes -= bytes
		c.madeChunks--
	}
}

// owned returns chunks that the edit may change.
func (c *chunks) owned(edit uint64) *chunks {
	if c.edit == edit {
		return c
	}
	return &chunks{tree: c.tree.Copy(), n: c.n, edit: edit, entryBytes: c.entryBytes}
}

// covering returns the chunk that has the entry with a key, if any has.
func (c *chunks) covering(k key) (covering chunk) {
	c.tree.Descend(chunk{key: k}, func(at chunk) bool {
		covering = at
		return false
	})
	return covering
}

// all returns a copy of all entries.
func (c *chunks) all() []entry {
	entries := make([]entry, 0, c.n)
	c.tree.Scan(func(at chunk) bool {
		entries = append(entries, at.entries...)
		return true
	})
	return entries
}

func (c *chunks) insert(e entry, of order, edit uint64) *chunks {
	k := of(e)
	next := c.owned(edit)
	at := next.covering(k)
	i, found := search(at.entries, k, of)
	switch {
	case found:
		mine := at.owned(edit)
		mine.entries[i] = e
		next.put(mine, at)
		return next
	case len(at.entries) < chunkLength:
		next.put(at.with(i, e, edit), at)
	case i == chunkLength && next.isLast(at): // the chunks before a new end stay full
		next.put(chunk{k, []entry{e}, edit}, chunk{})
	default:
		const half = chunkLength / 2
		left := chunk{at.key, exact(at.entries[:half]), edit}
		right := chunk{of(at.entries[half]), exact(at.entries[half:]), edit}
		if i <= half {
			left = left.with(i, e, edit)
		} else {
			right = right.with(i-half, e, edit)
		}
		next.put(left, at)
		next.put(right, chunk{})
	}
	next.n++
	return next
}

func (c *chunks) isLast(at chunk) bool {
	last, _ := c.tree.Max()
	return last.key == at.key
}

func (c *chunks) remove(k key, of order, edit uint64) (_ *chunks, found bool) {
	at := c.covering(k)
	i, found := search(at.entries, k, of)
	if !found {
		return c, false
	}
	next := c.owned(edit)
	next.n--
	less := at.without(i, edit)
	next.put(less, at)
	if len(less.entries) < minChunk {
		next.merge(less, edit)
	}
	return next, true
}

// merge stores a small chunk together with the chunk after or before it, unless both have too many entries.
func (c *chunks) merge(small chunk, edit uint64) {
	const most = chunkLength * 3 / 4
	join := func(left, right chunk) bool {
		n := len(left.entries) + len(right.entries)
		if n > most && len(small.entries) > 0 {
			return false
		}
		entries := make([]entry, 0, n)
		entries = append(append(entries, left.entries...), right.entries...)
		c.discount(right)
		c.tree.Delete(right)
		c.put(chunk{left.key, entries, edit}, left)
		return true
	}
	if next, ok := c.after(small); ok && join(small, next) {
		return
	}
	if previous, ok := c.before(small); ok {
		join(previous, small)
	}
}

func (c *chunks) after(at chunk) (next chunk, ok bool) {
	c.tree.Ascend(at, func(found chunk) bool {
		next, ok = found, found.key != at.key
		return !ok
	})
	return next, ok
}

func (c *chunks) before(at chunk) (previous chunk, ok bool) {
	c.tree.Descend(at, func(found chunk) bool {
		previous, ok = found, found.key != at.key
		return !ok
	})
	return previous, ok
}

// owned returns the chunk with entries that the edit may change.
func (c chunk) owned(edit uint64) chunk {
	if c.edit == edit {
		return c
	}
	return chunk{c.key, exact(c.entries), edit}
}

func (c chunk) with(i int, e entry, edit uint64) chunk {
	if c.edit != edit || len(c.entries) == 0 {
		return chunk{c.key, with(c.entries, i, e), edit}
	}
	if len(c.entries) == cap(c.entries) {
		// Little more than is needed: what is left of it stays until the chunk changes again.
		grown := make([]entry, len(c.entries), min(chunkLength, len(c.entries)+16+len(c.entries)/8))
		copy(grown, c.entries)
		c.entries = grown
	}
	c.entries = slices.Insert(c.entries, i, e)
	return c
}

func (c chunk) without(i int, edit uint64) chunk {
	if c.edit != edit {
		return chunk{c.key, without(c.entries, i), edit}
	}
	c.entries = slices.Delete(c.entries, i, i+1)
	return c
}

func (c *chunks) descend(from start, of order, buffer []entry) int {
	pivot, n := chunk{key: lastKey}, 0
	if from.given {
		pivot.key = from.key
	}
	c.tree.Descend(pivot, func(at chunk) bool {
		n += copyBefore(buffer[n:], at.entries, from, of)
		from.given = false
		return n < len(buffer)
	})
	return n
}

func (c *chunks) ascend(from start, of order, buffer []entry) int {
	pivot, n := chunk{key: minKey}, 0
	if from.given {
		pivot = c.covering(from.key)
	}
	c.tree.Ascend(pivot, func(at chunk) bool {
		n += copyAfter(buffer[n:], at.entries, from, of)
		from.given = false
		return n < len(buffer)
	})
	return n
}
