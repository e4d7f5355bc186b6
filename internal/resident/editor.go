package resident

import (
	"slices"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/timestamp"
)

// editor makes the next version. It copies what it changes, once, and then changes its copy in place. Nothing that a
// published version holds is changed.
type editor struct {
	*writer
	base       *Version // the version before
	next       Version
	touched    []*node // the nodes that it has copied
	ownsOrders bool
	ownsWide   bool
	open       int64 // the memory of what it has made beside trees, in bytes
	accounts   touched
}

// writer is what only the writer of a graph reads.
type writer struct {
	edit uint64    // the number of the last edit
	byID *userTree // all accounts by users.id
	// free are the numbers that no id has, and freeWide the places in the table wide that no follow has. Older versions
	// can still see what had them, in their own trees.
	free, freeWide []uint32
}

func newEditor(v *Version, w *writer) *editor {
	w.edit++
	return &editor{writer: w, base: v, next: *v}
}

// made returns the memory of what the editor has made, in bytes.
func (e *editor) made() int64 {
	made := e.open + e.next.nodes.madeBy(e.edit) + e.next.names.madeBy(e.edit)
	if e.ownsWide {
		made += e.next.wide.keys.madeBy(e.edit)
	}
	return made
}

// finish returns the version. The editor must not be used afterwards.
func (e *editor) finish(position commit.Position) *Version {
	e.orderByFollowers()
	for _, n := range e.touched {
		if n.isEmpty() {
			e.drop(n)
			continue
		}
		n.followers, n.following = n.followers.clipped(), n.following.clipped()
		n.count()
		e.resize(n, 1)
	}
	if e.next.names.n == 0 {
		e.next.names, e.next.nodes, e.free = newNames(), tree[*node]{}, nil
	}
	if e.next.follows == 0 && e.next.wide.end > 0 {
		e.setWide(&wide{})
		e.freeWide = nil
	}
	e.next.size.IDs = e.next.names.bytes() + 4*int64(cap(e.free))
	e.next.size.Nodes += e.next.nodes.bytes() - e.next.size.tree
	e.next.size.tree = e.next.nodes.bytes()
	e.next.size.Orders = e.next.users.bytes() + followersOrderBytes(e.next.byFollowers)
	e.next.size.Wide = e.next.wide.keys.bytes() + 4*int64(cap(e.freeWide))
	e.next.size.full = e.next.isFull()
	e.next.position, e.next.changed = position, position
	v := e.next // not a pointer to it, which would hold the editor with all that it has touched
	return &v
}

// drop takes the number of an id away that no row has any more.
func (e *editor) drop(n *node) {
	e.next.names.remove(n.number, e.edit)
	*e.next.nodes.own(n.number, e.edit) = nil
	e.free = append(e.free, n.number)
}

// number returns the number of an id, a new one for a new id.
func (e *editor) number(id string) uint32 {
	if number, ok := e.next.names.find(id); ok {
		return number
	}
	e.open += textBytes(len(id))
	return e.next.names.add(id, &e.free, e.edit)
}

// pack returns the entry of a follow without its other user.
func (e *editor) pack(at timestamp.Timestamp, id int64) entry {
	if packed, ok := narrow(at, id); ok {
		return packed
	}
	if !e.ownsWide {
		mine := *e.next.wide
		e.setWide(&mine)
	}
	return e.next.wide.pack(at, id, &e.freeWide, e.edit)
}

func (e *editor) setWide(w *wide) {
	e.ownsWide = true
	e.next.wide, e.next.time = w, w.time
}

// resize adds the memory of a node, or takes it if sign is -1.
func (e *editor) resize(n *node, sign int64) {
	nodes, lists, index := n.bytes()
	e.next.size.Nodes += sign * nodes
	e.next.size.Lists += sign * lists
	e.next.size.Index += sign * index
}

// node returns the node of a number, for changes.
func (e *editor) node(number uint32) *node {
	old := e.next.nodes.get(number)
	if old != nil && old.edit == e.edit {
		return old
	}
	mine := &node{number: number, edit: e.edit}
	e.open += nodeBytes
	if old != nil {
		e.resize(old, -1)
		mine = old.copy(e.edit)
	}
	*e.next.nodes.own(number, e.edit) = mine
	e.touched = append(e.touched, mine)
	return mine
}

func (e *editor) putFollow(f *changes.Follow) {
	follower, following := e.node(e.number(f.FollowerID)), e.node(e.number(f.FollowingID))
	if old, ok := e.next.follow(follower, following); ok {
		e.cut(follower, following, old)
	}
	packed := e.pack(f.CreatedAt, f.ID)
	e.next.follows++

	before := follower.made(e.edit) + following.made(e.edit)
	packed.other = following.number
	follower.following = follower.following.insert(packed, e.next.time, e.edit, follower.ownsFollowing)
	follower.ownsFollowing = true
	switch {
	case follower.following.long == nil:
	case follower.index == nil:
		follower.buildIndex(e.edit)
	default:
		follower.index = follower.index.insert(packed, byOther, e.edit)
	}

	packed.other = follower.number
	following.followers = following.followers.insert(packed, e.next.time, e.edit, following.ownsFollowers)
	following.ownsFollowers = true
	e.open += follower.made(e.edit) + following.made(e.edit) - before
}

func (n *node) buildIndex(edit uint64) {
	entries := n.following.long.all()
	slices.SortFunc(entries, func(a, b entry) int { return byOther(a).compare(byOther(b)) })
	n.index = newChunks(entries, byOther, edit)
}

// dropFollow removes a follow; there may be none.
func (e *editor) dropFollow(f *changes.Follow) {
	follower, ok := e.next.names.find(f.FollowerID)
	following, ok2 := e.next.names.find(f.FollowingID)
	if !ok || !ok2 {
		return
	}
	// The pair may have another follow by now, which has another id.
	old, ok := e.next.node(follower).following.find(timeKey(f.CreatedAt, f.ID), e.next.time)
	if ok && old.other == following {
		e.cut(e.node(follower), e.node(following), old)
	}
}

// cut removes an entry from both lists that contain it.
func (e *editor) cut(follower, following *node, old entry) {
	at := e.next.time(old)
	e.next.follows--
	before := follower.made(e.edit) + following.made(e.edit)
	follower.following, _ = follower.following.remove(at, e.next.time, e.edit, follower.ownsFollowing)
	follower.ownsFollowing = true
	if follower.following.long == nil {
		follower.index = nil
	} else {
		follower.index, _ = follower.index.remove(key{int64(following.number), 0}, byOther, e.edit)
	}
	following.followers, _ = following.followers.remove(at, e.next.time, e.edit, following.ownsFollowers)
	following.ownsFollowers = true
	e.open += follower.made(e.edit) + following.made(e.edit) - before
	if old.isWide() {
		e.freeWide = append(e.freeWide, uint32(old.id()))
	}
}

func (e *editor) dropAllFollows() {
	e.next.follows = 0
	for number := range e.next.numbers {
		if old := e.next.node(number); old.followers.len() > 0 || old.following.len() > 0 {
			n := e.node(number)
			n.followers, n.following, n.index = list{}, list{}, nil
			n.ownsFollowers, n.ownsFollowing = true, true
		}
	}
	e.setWide(&wide{})
	e.freeWide = nil
}

// orders returns the orders of all users, for changes.
func (e *editor) orders() userOrders {
	if !e.ownsOrders {
		e.next.users, e.ownsOrders = e.next.users.copy(), true
	}
	return e.next.users
}

// putUser adds an account, or replaces the account that has the same users.id.
func (e *editor) putUser(u *changes.User) {
	n := e.node(e.number(u.CognitoID))
	row := newUserRow(u, n.number)
	if old, ok := e.byID.Get(row); ok {
		e.removeUser(old)
	}
	e.byID.Set(row)
	e.orders().add(row)
	e.next.size.Users += row.bytes()
	e.open += row.bytes()
	n.put(row, u)
}

// dropUser removes the account with a users.id; there may be none.
func (e *editor) dropUser(id int64) {
	if old, ok := e.byID.Get(&userRow{id: id}); ok {
		e.removeUser(old)
		e.byID.Delete(old)
	}
}

func (e *editor) removeUser(old *userRow) {
	e.accounts.ids = append(e.accounts.ids, e.next.names.id(old.number))
	e.orders().remove(old)
	e.next.size.Users -= old.bytes()
	// Within a transaction, another account may have taken the id of this one.
	if n := e.node(old.number); n.row == old {
		n.remove()
	}
}

func (e *editor) dropAllUsers() {
	for number := range e.next.numbers {
		if e.next.node(number).row != nil {
			e.node(number).remove()
		}
	}
	e.next.users, e.ownsOrders = newUserOrders(), true
	e.byID.Clear()
	e.next.size.Users = 0
	e.accounts.all = true
}

func (e *editor) putCounts(userID string, at timestamp.Timestamp) {
	n := e.node(e.number(userID))
	n.countsAt, n.hasCounts = at, true
}

func (e *editor) dropCounts(userID string) {
	if number, ok := e.next.names.find(userID); ok {
		e.node(number).hasCounts = false
	}
}

func (e *editor) dropAllCounts() {
	for number := range e.next.numbers {
		if e.next.node(number).hasCounts {
			e.node(number).hasCounts = false
		}
	}
}
