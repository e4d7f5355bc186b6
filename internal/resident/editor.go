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
	edit       uint64
	next       Version
	touched    []*node // the nodes that it has copied
	ownsOrders bool
	byID       *userTree // all accounts by users.id; only the writer reads it
	open       int64     // the memory of what it has made, in bytes
	accounts   touched
}

func newEditor(v *Version, edit uint64, byID *userTree) *editor {
	next := *v
	next.root = slices.Clone(v.root)
	return &editor{edit: edit, next: next, byID: byID}
}

// finish returns the version. The editor must not be used afterwards.
func (e *editor) finish(position commit.Position) *Version {
	for _, n := range e.touched {
		n.followers, n.following = n.followers.clipped(), n.following.clipped()
		n.count()
		e.resize(n, 1)
	}
	e.next.size.IDs = e.next.names.bytes()
	e.next.size.Orders = e.next.users.bytes()
	e.next.size.Wide = e.next.wide.bytes()
	e.next.position = position
	return &e.next
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
	b := int(number / (leafSize * branchSize))
	for b >= len(e.next.root) {
		e.next.root = append(e.next.root, nil)
	}
	switch old := e.next.root[b]; {
	case old == nil:
		e.next.root[b] = &branch{edit: e.edit}
		e.next.size.Nodes += branchBytes
		e.open += branchBytes
	case old.edit != e.edit:
		mine := *old
		mine.edit = e.edit
		e.next.root[b] = &mine
		e.open += branchBytes
	}
	slot := &e.next.root[b].leaves[number/leafSize%branchSize]
	switch old := *slot; {
	case old == nil:
		*slot = &leaf{edit: e.edit}
		e.next.size.Nodes += leafBytes
		e.open += leafBytes
	case old.edit != e.edit:
		mine := *old
		mine.edit = e.edit
		*slot = &mine
		e.open += leafBytes
	}
	place := &(*slot).nodes[number%leafSize]
	old := *place
	if old != nil && old.edit == e.edit {
		return old
	}
	mine := &node{number: number}
	e.open += nodeBytes
	if old != nil {
		e.resize(old, -1)
		*mine = *old
		mine.ownsFollowers, mine.ownsFollowing = false, false
	}
	mine.edit = e.edit
	*place = mine
	e.touched = append(e.touched, mine)
	return mine
}

// numbers returns the numbers of all ids that the version has a node of.
func (e *editor) numbers(yield func(uint32) bool) {
	for number := range uint32(e.next.names.n) {
		if e.next.node(number) != noNode && !yield(number) {
			return
		}
	}
}

func (e *editor) putFollow(f *changes.Follow) {
	follower, following := e.node(e.next.names.add(f.FollowerID)), e.node(e.next.names.add(f.FollowingID))
	if old, ok := e.next.follow(follower, following); ok {
		e.cut(follower, following, old)
	}
	packed := e.next.wide.pack(f.CreatedAt, f.ID)
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
}

func (e *editor) dropAllFollows() {
	e.next.follows = 0
	for number := range e.numbers {
		if old := e.next.node(number); old.followers.len() > 0 || old.following.len() > 0 {
			n := e.node(number)
			n.followers, n.following, n.index = list{}, list{}, nil
			n.ownsFollowers, n.ownsFollowing = true, true
		}
	}
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
	n := e.node(e.next.names.add(u.CognitoID))
	a := newAccount(u, n.number, e.next.names.id(n.number))
	if old, ok := e.byID.Get(a.row); ok {
		e.removeUser(old)
	}
	e.byID.Set(a.row)
	e.orders().add(a.row)
	bytes := accountBytes + a.row.bytes()
	e.next.size.Users += bytes
	e.open += bytes
	n.account = a
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
	e.next.size.Users -= accountBytes + old.bytes()
	// Within a transaction, another account may have taken the id of this one.
	if n := e.node(old.number); n.account != nil && n.account.row == old {
		n.account = nil
	}
}

func (e *editor) dropAllUsers() {
	for number := range e.numbers {
		if e.next.node(number).account != nil {
			e.node(number).account = nil
		}
	}
	e.next.users, e.ownsOrders = newUserOrders(), true
	e.byID.Clear()
	e.next.size.Users = 0
	e.accounts.all = true
}

func (e *editor) putCounts(userID string, at timestamp.Timestamp) {
	n := e.node(e.next.names.add(userID))
	n.countsAt, n.hasCounts = at, true
}

func (e *editor) dropCounts(userID string) {
	if number, ok := e.next.names.find(userID); ok {
		e.node(number).hasCounts = false
	}
}

func (e *editor) dropAllCounts() {
	for number := range e.numbers {
		if e.next.node(number).hasCounts {
			e.node(number).hasCounts = false
		}
	}
}
