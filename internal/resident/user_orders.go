package resident

import (
	"cmp"

	"github.com/tidwall/btree"
)

// userOrders holds all accounts in the orders of the lists of all users, and in those in which a search finds them.
type userOrders struct {
	created   *userTree // by creation, then users.id
	usernames *userTree // by the key of the username, then users.id
	names     *userTree // by the words of the full name, then users.id; without accounts that have no name
	words     *wordTree // by the words of all names, then users.id
}

type (
	userTree = btree.BTreeG[*userRow]
	wordTree = btree.BTreeG[word]
)

// word is a word of an account: the bytes of row.keys.words from at to end.
type word struct {
	row     *userRow
	at, end uint16 // searchkey.MaxText characters have at most 4,000 bytes
}

func (w word) text() string { return w.row.keys.words[w.at:w.end] }

func newUserOrders() userOrders {
	return userOrders{
		created:   newUserTree(func(a, b *userRow) bool { return a.createdKey().less(b.createdKey()) }),
		usernames: newUserTree(func(a, b *userRow) bool { return textLess(a.keys.username, b.keys.username, a, b) }),
		names:     newUserTree(func(a, b *userRow) bool { return textLess(a.keys.name, b.keys.name, a, b) }),
		words: btree.NewBTreeGOptions(func(a, b word) bool { return textLess(a.text(), b.text(), a.row, b.row) },
			btree.Options{NoLocks: true}),
	}
}

func newUserTree(less func(a, b *userRow) bool) *userTree {
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

// textLess compares texts byte by byte, then the ids of their accounts.
func textLess(a, b string, rowA, rowB *userRow) bool {
	return cmp.Or(cmp.Compare(a, b), cmp.Compare(rowA.id, rowB.id)) < 0
}

func (r *userRow) createdKey() key { return timeKey(r.createdAt, r.id) }

func (o userOrders) copy() userOrders {
	return userOrders{created: o.created.Copy(), usernames: o.usernames.Copy(), names: o.names.Copy(), words: o.words.Copy()}
}

func (o userOrders) add(r *userRow) {
	o.created.Set(r)
	o.usernames.Set(r)
	if r.keys.name != "" {
		o.names.Set(r)
	}
	for w := range r.words {
		o.words.Set(w)
	}
}

func (o userOrders) remove(r *userRow) {
	o.created.Delete(r)
	o.usernames.Delete(r)
	if r.keys.name != "" {
		o.names.Delete(r)
	}
	for w := range r.words {
		o.words.Delete(w)
	}
}

// words yields the words of an account from the last to the first one. A word that an account has several times is one
// element of an order, which is then the first of them.
func (r *userRow) words(yield func(word) bool) {
	text := r.keys.words
	for end := len(text); end > 0; {
		at := end
		for at > 0 && text[at-1] != ' ' {
			at--
		}
		if !yield(word{r, uint16(at), uint16(end)}) { // see word
			return
		}
		end = at - 1
	}
}

// walk calls visit for the accounts after a pivot, or before it if the walk descends, until visit returns false.
func walk[T any](tree *btree.BTreeG[T], pivot T, descend bool, visit func(T) bool) {
	first := true
	next := func(item T) bool {
		if first {
			first = false
			if !tree.Less(pivot, item) && !tree.Less(item, pivot) {
				return true // the pivot itself
			}
		}
		return visit(item)
	}
	if descend {
		tree.Descend(pivot, next)
		return
	}
	tree.Ascend(pivot, next)
}
