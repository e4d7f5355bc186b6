package resident

import (
	"slices"
	"unsafe"
)

// tree holds values by their number, in three levels, so that a change copies three small arrays. A copy of the struct
// shares what neither has changed. The zero value is empty.
type tree[T any] struct {
	root  []*branch[T]
	edit  uint64 // the edit that made root, and may change it
	taken int64  // the memory of the branches and leaves
	made  int64  // the memory of those that edit has made
}

const (
	leafSize   = 128
	branchSize = 128
)

type (
	branch[T any] struct {
		edit   uint64
		leaves [branchSize]*leaf[T]
	}
	leaf[T any] struct {
		edit   uint64
		values [leafSize]T
	}
)

// get returns the value of a number, the zero value if it has none.
func (t *tree[T]) get(number uint32) (value T) {
	b := int(number / (leafSize * branchSize))
	if b >= len(t.root) || t.root[b] == nil {
		return value
	}
	l := t.root[b].leaves[number/leafSize%branchSize]
	if l == nil {
		return value
	}
	return l.values[number%leafSize]
}

// size returns a number that is greater than the numbers of all values.
func (t *tree[T]) size() int { return len(t.root) * branchSize * leafSize }

// own returns the place of the value of a number, which the edit may change.
func (t *tree[T]) own(number uint32, edit uint64) *T {
	b := int(number / (leafSize * branchSize))
	if t.edit != edit {
		t.root, t.edit, t.made = slices.Clone(t.root), edit, 0
	}
	for b >= len(t.root) {
		t.root = append(t.root, nil)
	}
	switch old := t.root[b]; {
	case old == nil:
		t.root[b] = &branch[T]{edit: edit}
		t.taken += t.branchBytes()
		t.made += t.branchBytes()
	case old.edit != edit:
		mine := *old
		mine.edit = edit
		t.root[b] = &mine
		t.made += t.branchBytes()
	}
	place := &t.root[b].leaves[number/leafSize%branchSize]
	switch old := *place; {
	case old == nil:
		*place = &leaf[T]{edit: edit}
		t.taken += t.leafBytes()
		t.made += t.leafBytes()
	case old.edit != edit:
		mine := *old
		mine.edit = edit
		*place = &mine
		t.made += t.leafBytes()
	}
	return &(*place).values[number%leafSize]
}

// all calls visit for the values that have been set, and for zero values near them, in the order of their numbers,
// until it returns false. It sees no changes that visit makes.
func (t *tree[T]) all(visit func(number uint32, value T) bool) {
	for b, of := range slices.Clone(t.root) {
		if of == nil {
			continue
		}
		for l, in := range of.leaves {
			if in == nil {
				continue
			}
			for i := range in.values {
				if !visit(uint32((b*branchSize+l)*leafSize+i), in.values[i]) {
					return
				}
			}
		}
	}
}

func (*tree[T]) branchBytes() int64 { return scanned(int(unsafe.Sizeof(branch[T]{}))) }

func (*tree[T]) leafBytes() int64 { return scanned(int(unsafe.Sizeof(leaf[T]{}))) }

// bytes returns the memory of the tree, without what its values point to.
func (t *tree[T]) bytes() int64 { return t.taken + allocated(8*cap(t.root)) }

// madeBy returns the memory of what an edit has made of the tree.
func (t *tree[T]) madeBy(edit uint64) int64 {
	if t.edit != edit {
		return 0
	}
	return t.made
}
