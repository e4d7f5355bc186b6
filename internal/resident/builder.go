package resident

import (
	"cmp"
	"slices"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
)

// Builder makes the first version out of rows. The rows of the three tables may arrive in any order. It keeps copies of
// what it needs of a row.
type Builder struct {
	editor *editor
	blocks []*followBlock
	n      int // rows of all blocks
}

// followBlock holds rows of user_follows until all rows are known: the entries of the lists of following, and the
// numbers of their followers. It takes 20 bytes a row.
type followBlock struct {
	entries   [followBlockSize]entry
	followers [followBlockSize]uint32
}

const followBlockSize = 1 << 15

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder {
	byID := newUserTree(func(a, b *userRow) bool { return a.id < b.id })
	e := newEditor(&Version{letters: &letters{}, names: newNames(), users: newUserOrders(), byFollowers: newFollowersOrder(), limits: searchLimits{few: 20_000, walked: 50_000, many: 100_000}}, &writer{byID: byID})
	e.setWide(&wide{})
	e.ownsOrders = true
	return &Builder{editor: e}
}

// Sink returns the Builder as the target of a snapshot.
func (b *Builder) Sink() changes.Sink {
	return changes.Sink{
		Letter: func(l changes.Letter) error { b.Letter(l); return nil },
		User:   func(u changes.User) error { b.User(&u); return nil },
		Follow: func(f changes.FollowRow) error { b.Follow(&f); return nil },
		Stats:  func(s changes.Stats) error { b.Stats(&s); return nil },
	}
}

// Letter adds a letter of the database. Without any, the letters are those of Go.
func (b *Builder) Letter(l changes.Letter) { b.editor.next.addLetter(l) }

// User adds a row of users, with its search keys.
func (b *Builder) User(u *changes.User) { b.editor.putUser(u) }

// Follow adds a row of user_follows. Two rows must not have the same pair of users.
func (b *Builder) Follow(f *changes.FollowRow) {
	at := b.n % followBlockSize
	if at == 0 {
		b.blocks = append(b.blocks, new(followBlock))
	}
	last := b.blocks[len(b.blocks)-1]
	e := b.editor.pack(f.CreatedAt, f.ID)
	e.other = b.number(f.FollowingID)
	last.entries[at], last.followers[at] = e, b.number(f.FollowerID)
	b.n++
}

func (b *Builder) number(id []byte) uint32 {
	if number, ok := b.editor.next.names.findBytes(id); ok {
		return number
	}
	return b.editor.number(string(id))
}

// Stats adds a row of user_follow_stats.
func (b *Builder) Stats(s *changes.Stats) { b.editor.putCounts(s.UserID, s.UpdatedAt) }

// Peak estimates the memory in bytes that Graph needs at most to build the graph of the rows so far. It can be Unlimited.
func (b *Builder) Peak() int64 {
	e := b.editor
	if e.next.isFull() {
		return Unlimited
	}
	return e.made() + e.next.users.bytes() + int64(b.n)*peakPerFollow
}

// Graph returns the graph of all rows. The Builder must not be used afterwards. The lists of followers are made out of
// those of following, so that the rows can go before: they never take memory together.
func (b *Builder) Graph(position commit.Position) *Graph {
	e := b.editor
	e.next.follows = b.n
	b.fill(b.rows, func(n *node, l list) {
		n.following = l
		if l.long != nil {
			n.buildIndex(e.edit)
		}
	})
	b.fill(b.reversed, func(n *node, l list) { n.followers = l })
	g := &Graph{writer: e.writer}
	g.version.Store(e.finish(position))
	return g
}

// rows yields the followers of all rows, with their entries.
func (b *Builder) rows(yield func(uint32, entry) bool) {
	left := b.n
	for _, block := range b.blocks {
		for i := range min(left, followBlockSize) {
			if !yield(block.followers[i], block.entries[i]) {
				return
			}
		}
		left -= followBlockSize
	}
}

// reversed yields the followed users of all rows, with their entries.
func (b *Builder) reversed(yield func(uint32, entry) bool) {
	b.editor.next.nodes.all(func(number uint32, n *node) bool {
		if n == nil {
			return true
		}
		return n.following.each(func(e entry) bool {
			owner := e.other
			e.other = number
			return yield(owner, e)
		})
	})
}

// fill builds one of the two lists of all users, of the users and entries that rows yields, twice.
func (b *Builder) fill(rows func(yield func(uint32, entry) bool), set func(*node, list)) {
	e := b.editor
	lengths, all := make([]uint32, e.next.names.end), make([][]entry, e.next.names.end)
	for owner := range rows {
		lengths[owner]++
	}
	for owner, made := range rows {
		if all[owner] == nil {
			all[owner] = make([]entry, 0, lengths[owner])
		}
		all[owner] = append(all[owner], made)
	}
	b.blocks = nil
	for owner, entries := range all {
		if len(entries) == 0 {
			continue
		}
		all[owner] = nil
		e.sort(entries)
		set(e.node(uint32(owner)), newList(entries, e.next.time, e.edit))
	}
}

// sort sorts entries by time.
func (e *editor) sort(entries []entry) {
	if e.next.wide.end > 0 {
		slices.SortFunc(entries, func(a, b entry) int { return e.next.time(a).compare(e.next.time(b)) })
		return
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.low, b.low)) })
}
