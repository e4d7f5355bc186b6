package resident

import "slices"

// editor makes a version out of another one. What it has copied for the new version it changes in place.
type editor struct {
	edit uint64
	next Version
}

func edit(v *Version, number uint64) *editor {
	next := *v
	next.root = slices.Clone(v.root)
	return &editor{edit: number, next: next}
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
	case old.edit != e.edit:
		mine := *old
		mine.edit = e.edit
		e.next.root[b] = &mine
	}
	slot := &e.next.root[b].leaves[number/leafSize%branchSize]
	switch old := *slot; {
	case old == nil:
		*slot = &leaf{edit: e.edit}
	case old.edit != e.edit:
		mine := *old
		mine.edit = e.edit
		*slot = &mine
	}
	place := &(*slot).nodes[number%leafSize]
	switch old := *place; {
	case old == nil:
		*place = &node{edit: e.edit, id: e.next.names.id(number)}
	case old.edit != e.edit:
		mine := *old
		mine.edit = e.edit
		*place = &mine
	}
	return *place
}

// counted puts the counts of a node's lists into its account.
func (n *node) counted() {
	if n.account == nil {
		return
	}
	a := *n.account
	a.Stats = &a.stats
	a.stats.FollowersCount, a.stats.FollowingsCount = n.followers.len(), n.following.len()
	n.account = &a
}

func (e *editor) follow(follower, following string, made entry) {
	a, b := e.next.names.add(follower), e.next.names.add(following)
	from := e.node(a)
	made.other = b
	from.following = from.following.insert(made, byTime)
	from.reindex(made, true)
	from.counted()
	to := e.node(b)
	made.other = a
	to.followers = to.followers.insert(made, byTime)
	to.counted()
}

func (e *editor) unfollow(follower, following string, made entry) {
	a, b := e.next.names.add(follower), e.next.names.add(following)
	from := e.node(a)
	made.other = b
	from.following, _ = from.following.remove(made, byTime)
	from.reindex(made, false)
	from.counted()
	to := e.node(b)
	made.other = a
	to.followers, _ = to.followers.remove(made, byTime)
	to.counted()
}

// reindex follows a change of the list in its index.
func (n *node) reindex(changed entry, added bool) {
	switch {
	case n.following.long == nil:
		n.index = list{}
	case n.index.len() == 0:
		n.buildIndex()
	case added:
		n.index = n.index.insert(changed, byOther)
	default:
		n.index, _ = n.index.remove(changed, byOther)
	}
}

func (n *node) buildIndex() {
	entries := make([]entry, 0, n.following.len())
	n.following.long.tree.Scan(func(c chunk) bool { entries = append(entries, c.entries...); return true })
	slices.SortFunc(entries, byOther)
	n.index = build(entries, byOther)
}
