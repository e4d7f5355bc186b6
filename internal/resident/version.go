// Package resident holds the public graph in memory, as immutable versions, and answers what social.Reader asks.
package resident

import (
	"followgraph/internal/commit"
	"followgraph/internal/model"
)

// Version is the graph at one commit. It is immutable and safe for concurrent use. It implements social.Reader. The
// users that it returns are shared: callers must not change them.
type Version struct {
	*letters
	position commit.Position
	changed  commit.Position // of the newest commit that changed the graph
	names    names
	nodes    tree[*node]
	wide     *wide
	time     order // the order of pages, of wide
	users    userOrders
	// byFollowers is all accounts by their followers. Unlike users, it changes with every follow.
	byFollowers *followersOrder
	limits      searchLimits
	follows     int
	size        Size
}

// Position returns the position of the newest commit that the version contains.
func (v *Version) Position() commit.Position { return v.position }

// Changed returns the position of the newest commit that changed the graph: versions with the same one are equal. The
// stream also has commits that change nothing here.
func (v *Version) Changed() commit.Position { return v.changed }

// The bounds of a graph in memory, which the numbers of 32 bits impose: ids, and follows whose time or id does not fit
// into an entry. The numbers suffice for more, so that what a transaction adds beyond a bound is still correct until the
// bound is checked.
const (
	MaxIDs  = 1 << 30
	maxWide = 1 << 31
)

// isFull reports whether the version exceeds one of the bounds.
func (v *Version) isFull() bool { return v.names.end > MaxIDs || v.wide.end > maxWide }

// Accounts returns the number of accounts.
func (v *Version) Accounts() int { return v.users.created.Len() }

// Follows returns the number of follows.
func (v *Version) Follows() int { return v.follows }

// TokenVersion returns the version of an account's tokens and its role; ok is false if there is no account.
func (v *Version) TokenVersion(cognitoID string) (version int64, role model.UserRole, ok bool) {
	n := v.find(cognitoID)
	if n.row == nil {
		return 0, "", false
	}
	return n.row.tokenVersion, n.user.Role, true
}

var noNode = new(node)

// node returns the node of a number, an empty one if the version has none.
func (v *Version) node(number uint32) *node {
	if n := v.nodes.get(number); n != nil {
		return n
	}
	return noNode
}

// numbers yields the numbers of all ids.
func (v *Version) numbers(yield func(uint32) bool) {
	v.nodes.all(func(number uint32, n *node) bool { return n == nil || yield(number) })
}

// find returns the node of a Cognito id, an empty one if there is none.
func (v *Version) find(cognitoID string) *node {
	number, ok := v.names.find(cognitoID)
	if !ok {
		return noNode
	}
	return v.node(number)
}

// follow returns the follow between two users. It reads the shorter of the two lists that contain it, or the index of
// a long one.
func (v *Version) follow(follower, following *node) (entry, bool) {
	mine, theirs := follower.following, following.followers
	switch {
	case mine.len() == 0 || theirs.len() == 0:
		return entry{}, false
	case mine.long == nil && mine.len() <= theirs.len():
		return scan(mine.short, following.number)
	case theirs.long == nil:
		return scan(theirs.short, follower.number)
	case mine.long == nil:
		return scan(mine.short, following.number)
	default:
		return list{long: follower.index}.find(key{int64(following.number), 0}, byOther)
	}
}

func scan(entries []entry, other uint32) (entry, bool) {
	for i := range entries {
		if entries[i].other == other {
			return entries[i], true
		}
	}
	return entry{}, false
}
