package resident

import (
	"slices"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
)

// Builder makes the first version out of rows. The rows of the three tables may arrive in any order. It keeps copies of
// what it needs of a row.
type Builder struct {
	editor  *editor
	follows []followRow
}

// followRow is a row of user_follows until all rows are known.
type followRow struct {
	follower, following uint32
	packed              entry
}

// NewBuilder returns an empty Builder. foldASCII reports that the database's locale has lower case for A to Z alone.
func NewBuilder(foldASCII bool) *Builder {
	wide := newWide()
	common := &shared{names: newNames(), wide: wide, time: wide.time, fold: foldCase}
	if foldASCII {
		common.fold = FoldASCII
	}
	byID := newUserTree(func(a, b *userRow) bool { return a.id < b.id })
	e := newEditor(&Version{shared: common, users: newUserOrders()}, 1, byID)
	e.ownsOrders = true
	return &Builder{editor: e}
}

// Sink returns the Builder as the target of a snapshot.
func (b *Builder) Sink() changes.Sink {
	return changes.Sink{
		User:   func(u changes.User) error { b.User(&u); return nil },
		Follow: func(f changes.FollowRow) error { b.Follow(&f); return nil },
		Stats:  func(s changes.Stats) error { b.Stats(&s); return nil },
	}
}

// User adds a row of users, with its search keys.
func (b *Builder) User(u *changes.User) { b.editor.putUser(u) }

// Follow adds a row of user_follows. Two rows must not have the same pair of users.
func (b *Builder) Follow(f *changes.FollowRow) {
	names := b.editor.next.names
	b.follows = append(b.follows, followRow{
		names.addBytes(f.FollowerID), names.addBytes(f.FollowingID), b.editor.next.wide.pack(f.CreatedAt, f.ID),
	})
}

// Stats adds a row of user_follow_stats.
func (b *Builder) Stats(s *changes.Stats) { b.editor.putCounts(s.UserID, s.UpdatedAt) }

// Graph returns the graph of all rows. The Builder must not be used afterwards.
func (b *Builder) Graph(position commit.Position) *Graph {
	e := b.editor
	following := func(f followRow) (owner, other uint32) { return f.follower, f.following }
	followers := func(f followRow) (owner, other uint32) { return f.following, f.follower }
	b.fill(following, func(n *node, l list) {
		n.following = l
		if l.long != nil {
			n.buildIndex(e.edit)
		}
	})
	b.fill(followers, func(n *node, l list) { n.followers = l })
	e.next.follows = len(b.follows)
	b.follows = nil
	g := &Graph{edit: e.edit, byID: e.byID}
	g.version.Store(e.finish(position))
	return g
}

// fill builds one of the two lists of all users. It sorts the follows by their owner first, in linear time.
func (b *Builder) fill(ends func(followRow) (owner, other uint32), set func(*node, list)) {
	e := b.editor
	starts := make([]int, e.next.names.n+1)
	for _, f := range b.follows {
		owner, _ := ends(f)
		starts[owner+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	all, next := make([]entry, len(b.follows)), slices.Clone(starts)
	for _, f := range b.follows {
		owner, other := ends(f)
		packed := f.packed
		packed.other = other
		all[next[owner]] = packed
		next[owner]++
	}
	byTime := func(a, b entry) int { return e.next.time(a).compare(e.next.time(b)) }
	for owner := range e.next.names.n {
		entries := all[starts[owner]:starts[owner+1]]
		if len(entries) == 0 {
			continue
		}
		slices.SortFunc(entries, byTime)
		if len(entries) <= shortLength {
			entries = exact(entries)
		}
		set(e.node(uint32(owner)), newList(entries, e.next.time, e.edit))
	}
}
