package live

import (
	"iter"
	"slices"
)

// list is the indexes of records in ascending order. Records are added at the end and removed at the front. A nil list is
// empty. A list of a user who is in few changes is one short slice; a long one has chunks, so that it grows without
// copies.
type list struct {
	full [][]uint64 // chunks; none is empty
	tail []uint64
}

// chunkSize is the number of indexes of a chunk.
const chunkSize = 256

func (l *list) add(index uint64) {
	if len(l.tail) == chunkSize {
		l.full = append(l.full, l.tail)
		l.tail = make([]uint64, 0, chunkSize)
	}
	l.tail = append(l.tail, index)
}

// pop removes the first index.
func (l *list) pop() {
	if len(l.full) == 0 {
		l.tail = l.tail[1:]
		return
	}
	if l.full[0] = l.full[0][1:]; len(l.full[0]) == 0 {
		l.full = l.full[1:]
	}
}

func (l *list) isEmpty() bool { return l == nil || len(l.full) == 0 && len(l.tail) == 0 }

// last returns the last index; ok is false if the list is empty.
func (l *list) last() (index uint64, ok bool) {
	switch {
	case l == nil:
		return 0, false
	case len(l.tail) > 0:
		return l.tail[len(l.tail)-1], true
	case len(l.full) > 0:
		last := l.full[len(l.full)-1]
		return last[len(last)-1], true
	default:
		return 0, false
	}
}

// reaches reports whether there is an index from one on.
func (l *list) reaches(index uint64) bool {
	last, ok := l.last()
	return ok && last >= index
}

// from yields the indexes from one on.
func (l *list) from(index uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if l == nil {
			return
		}
		chunk, at := l.search(index)
		for ; chunk < len(l.full); chunk, at = chunk+1, 0 {
			for _, found := range l.full[chunk][at:] {
				if !yield(found) {
					return
				}
			}
		}
		for _, found := range l.tail[at:] {
			if !yield(found) {
				return
			}
		}
	}
}

// search returns the place of the first index from one on. The tail is the chunk after the full ones.
func (l *list) search(index uint64) (chunk, at int) {
	chunk, _ = slices.BinarySearchFunc(l.full, index, func(indexes []uint64, index uint64) int {
		if indexes[len(indexes)-1] < index {
			return -1
		}
		return 1
	})
	indexes := l.tail
	if chunk < len(l.full) {
		indexes = l.full[chunk]
	}
	at, _ = slices.BinarySearch(indexes, index)
	return chunk, at
}

// first returns the first index from one on.
func (l *list) first(index uint64) (found uint64, ok bool) {
	for found := range l.from(index) {
		return found, true
	}
	return 0, false
}

// after returns about how many indexes there are from one on.
func (l *list) after(index uint64) int {
	if l == nil {
		return 0
	}
	chunk, at := l.search(index)
	return (len(l.full)-chunk)*chunkSize + len(l.tail) - at
}

// bytes returns the memory of the list.
func (l *list) bytes() int64 {
	if l == nil {
		return 0
	}
	const header = 48
	return header + 24*int64(cap(l.full)) + 8*chunkSize*int64(len(l.full)) + 8*int64(cap(l.tail))
}
