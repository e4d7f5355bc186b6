package resident

import (
	"context"
	"slices"
)

// The sizes of lists, in entries.
const (
	shortLength = 256 // a longer list is divided into chunks
	chunkLength = 256 // a change of a long list copies one chunk
	minChunk    = 64  // a chunk with fewer entries is merged with a neighbor if there is space
)

// list holds entries in one order. A published list is immutable: a change returns another list, which shares what it
// can. Methods that change take the number of the edit: what the same edit has copied, it changes in place.
type list struct {
	short []entry // all entries, unless long is set
	long  *chunks
}

func (l list) len() int {
	if l.long != nil {
		return l.long.n
	}
	return len(l.short)
}

// newList returns a list of entries that are in order. It takes ownership of them.
func newList(entries []entry, of order, edit uint64) list {
	if len(entries) <= shortLength {
		return list{short: entries}
	}
	return list{long: newChunks(entries, of, edit)}
}

// insert returns the list with one more entry. An entry with the same key is replaced. owned reports that the edit has
// copied the slice of a short list.
func (l list) insert(e entry, of order, edit uint64, owned bool) list {
	if l.long != nil {
		return list{long: l.long.insert(e, of, edit)}
	}
	i, found := search(l.short, of(e), of)
	entries := l.short
	switch {
	case found:
		if !owned {
			entries = slices.Clone(entries)
		}
		entries[i] = e
	case owned:
		entries = slices.Insert(entries, i, e)
	default:
		entries = with(entries, i, e)
	}
	return newList(entries, of, edit)
}

// remove returns the list without the entry that has a key; found is false if there is none.
func (l list) remove(k key, of order, edit uint64, owned bool) (_ list, found bool) {
	if l.long != nil {
		long, found := l.long.remove(k, of, edit)
		if long.n > shortLength/2 {
			return list{long: long}, found
		}
		return list{short: long.all()}, found
	}
	i, found := search(l.short, k, of)
	switch {
	case !found:
		return l, false
	case owned:
		return list{short: slices.Delete(l.short, i, i+1)}, true
	default:
		return list{short: without(l.short, i)}, true
	}
}

// each calls visit for all entries, in order, until it returns false. It reports whether visit never did.
func (l list) each(visit func(entry) bool) bool {
	if l.long != nil {
		goes := true
		l.long.tree.Scan(func(at chunk) bool {
			goes = list{short: at.entries}.each(visit)
			return goes
		})
		return goes
	}
	for _, e := range l.short {
		if !visit(e) {
			return false
		}
	}
	return true
}

// parts calls visit for all entries in pieces, in order, until the operation of ctx has ended.
func (l list) parts(ctx context.Context, visit func([]entry)) (err error) {
	if l.long == nil {
		visit(l.short)
		return nil
	}
	visited := 0
	l.long.tree.Scan(func(at chunk) bool {
		visit(at.entries)
		if visited++; visited%64 == 0 {
			err = interrupted(ctx)
		}
		return err == nil
	})
	return err
}

// clipped returns a short list without the spare capacity that changes in place have left.
func (l list) clipped() list {
	if n := len(l.short); cap(l.short) > n+n/8 {
		l.short = exact(l.short)
	}
	return l
}

// find returns the entry that has a key.
func (l list) find(k key, of order) (entry, bool) {
	entries := l.short
	if l.long != nil {
		entries = l.long.covering(k).entries
	}
	i, found := search(entries, k, of)
	if !found {
		return entry{}, false
	}
	return entries[i], true
}

// start is where a walk begins: next to a key, or at the end of the list if it has none.
type start struct {
	key
	given bool
}

// walk copies the next entries after a start, or before it if the walk descends, until the buffer is full. It returns
// their number.
func (l list) walk(from start, descend bool, of order, buffer []entry) int {
	switch {
	case l.long != nil && descend:
		return l.long.descend(from, of, buffer)
	case l.long != nil:
		return l.long.ascend(from, of, buffer)
	case descend:
		return copyBefore(buffer, l.short, from, of)
	default:
		return copyAfter(buffer, l.short, from, of)
	}
}

func copyBefore(buffer, entries []entry, from start, of order) int {
	end := len(entries)
	if from.given {
		end, _ = search(entries, from.key, of)
	}
	n := min(len(buffer), end)
	for i := range n {
		buffer[i] = entries[end-1-i]
	}
	return n
}

func copyAfter(buffer, entries []entry, from start, of order) int {
	if from.given {
		i, found := search(entries, from.key, of)
		if found {
			i++
		}
		entries = entries[i:]
	}
	return copy(buffer, entries)
}

// search returns the index of the first entry that does not sort before a key, and whether it has the key.
func search(entries []entry, k key, of order) (int, bool) {
	low, high := 0, len(entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if of(entries[middle]).less(k) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(entries) && of(entries[low]) == k
}

func with(entries []entry, i int, e entry) []entry {
	next := make([]entry, len(entries)+1)
	copy(next, entries[:i])
	next[i] = e
	copy(next[i+1:], entries[i:])
	return next
}

func without(entries []entry, i int) []entry {
	if len(entries) == 1 {
		return nil
	}
	next := make([]entry, len(entries)-1)
	copy(next, entries[:i])
	copy(next[i:], entries[i+1:])
	return next
}

// exact returns a copy without spare capacity.
func exact(entries []entry) []entry {
	if len(entries) == 0 {
		return nil
	}
	next := make([]entry, len(entries))
	copy(next, entries)
	return next
}
