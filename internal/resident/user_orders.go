package resident

import (
	"cmp"

	"github.com/tidwall/btree"
)

// userOrders holds all accounts in the orders of the lists of all users and of the stages of a search.
type userOrders struct {
	created *userTree // by creation, then users.id
	stages  [3]*userTree
}

type userTree = btree.BTreeG[*userRow]

// The stages of a search, by their key. The first one is also the order of usernames.
const (
	byUsername = iota
	byFirstname
	byLastname
)

func newUserOrders() userOrders {
	return userOrders{
		created: newUserTree(func(a, b *userRow) bool { return a.createdKey().less(b.createdKey()) }),
		stages: [3]*userTree{
			newUserTree(stageLess(byUsername)), newUserTree(stageLess(byFirstname)), newUserTree(stageLess(byLastname)),
		},
	}
}

func newUserTree(less func(a, b *userRow) bool) *userTree {
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

func stageLess(stage int) func(a, b *userRow) bool {
	return func(a, b *userRow) bool {
		return cmp.Or(cmp.Compare(a.keys[stage].text, b.keys[stage].text), cmp.Compare(a.id, b.id)) < 0
	}
}

func (r *userRow) createdKey() key { return timeKey(r.createdAt, r.id) }

func (o userOrders) copy() userOrders {
	next := userOrders{created: o.created.Copy()}
	for i, tree := range o.stages {
		next.stages[i] = tree.Copy()
	}
	return next
}

func (o userOrders) add(r *userRow) {
	o.created.Set(r)
	for i, tree := range o.stages {
		if r.keys[i].valid {
			tree.Set(r)
		}
	}
}

func (o userOrders) remove(r *userRow) {
	o.created.Delete(r)
	for i, tree := range o.stages {
		if r.keys[i].valid {
			tree.Delete(r)
		}
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
