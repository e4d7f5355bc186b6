package resident

import (
	"cmp"
	"slices"

	"github.com/tidwall/btree"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// counted is an account with the number of its followers: an element of the order of all users by followers.
type counted struct {
	followers int
	row       *userRow // nil if there is no account
}

type followersOrder = btree.BTreeG[counted]

func newFollowersOrder() *followersOrder {
	return btree.NewBTreeGOptions(func(a, b counted) bool { return a.compare(b) < 0 }, btree.Options{NoLocks: true})
}

// compare orders accounts by their followers, then by their Cognito ids, as the index of counts in PostgreSQL does.
func (c counted) compare(other counted) int {
	return cmp.Or(cmp.Compare(c.followers, other.followers), cmp.Compare(c.row.cognitoID(), other.row.cognitoID()))
}

// counted returns the node's element of the order by followers.
func (n *node) counted() counted { return counted{n.followers.len(), n.row} }

// orderByFollowers moves the accounts whose followers have changed. A change of a user's list, of its account and of its
// id all end as a difference between two nodes, so the order is written once, after all changes of a transaction.
func (e *editor) orderByFollowers() {
	if e.base.byFollowers.Len() == 0 {
		e.next.byFollowers = e.orderAllByFollowers()
		return
	}
	copied := false
	for _, n := range e.touched {
		before, after := e.base.node(n.number).counted(), n.counted()
		if before == after {
			continue
		}
		if !copied {
			e.next.byFollowers, copied = e.base.byFollowers.Copy(), true
		}
		if before.row != nil {
			e.next.byFollowers.Delete(before)
		}
		if after.row != nil {
			e.next.byFollowers.Set(after)
		}
	}
}

// orderAllByFollowers returns the order of the accounts that the editor has touched. To sort them first is several times
// faster than to insert them one by one.
func (e *editor) orderAllByFollowers() *followersOrder {
	all := make([]counted, 0, e.next.Accounts())
	for _, n := range e.touched {
		if n.row != nil {
			all = append(all, n.counted())
		}
	}
	slices.SortFunc(all, counted.compare)
	order := newFollowersOrder()
	for _, c := range all {
		order.Load(c)
	}
	return order
}

// usersByFollowers reads a page of all users in the order of their followers.
func (r *pageReader) usersByFollowers(key *model.ConnectionKey) {
	descend, left := descends(key), key.Page.Fetch()
	visit := func(c counted) bool {
		left--
		r.add(c.row.number, page.Cursor{Kind: key.Kind, At: int64(c.followers), Text: c.row.cognitoID()})
		return left > 0
	}
	cursor := key.Page.Cursor
	switch {
	case key.Page.HasCursor:
		pivot := counted{int(cursor.At), &userRow{text: cursor.Text, ends: [4]uint32{uint32(len(cursor.Text))}}} // page limits the length of a cursor
		if descend == (cursor.ID > 0) && cursor.ID != 0 {                                                        // the position is on this side of the user
			if c, ok := r.byFollowers.Get(pivot); ok && !visit(c) {
				return
			}
		}
		walk(r.byFollowers, pivot, descend, visit)
	case descend:
		r.byFollowers.Reverse(visit)
	default:
		r.byFollowers.Scan(visit)
	}
}
