package resident

import (
	"math"
	"unsafe"
)

// Size is the memory that a graph takes, in bytes, by part. It is computed from counters, with the rounding of Go's
// allocator, so that it costs nothing to read.
type Size struct {
	IDs    int64 // Cognito ids, and the table that finds their numbers
	Users  int64 // what the orders of accounts consist of, with the text of the accounts
	Orders int64 // the orders of all users, for lists and searches
	Nodes  int64 // accounts with their counts, and what leads from the number of an id to its lists
	Lists  int64 // the two lists that each follow is in
	Index  int64 // the second order of long lists, by user
	Wide   int64 // times and ids that do not fit into a list's entry
	Open   int64 // the copies of a transaction of which more parts follow

	tree int64 // the part of Nodes that leads to them
	full bool  // more ids or follows than can be numbered
}

// Unlimited is the size of a graph that no memory can hold, because it has more than MaxIDs ids.
const Unlimited = math.MaxInt64

// Total returns the sum of all parts, or Unlimited.
func (s Size) Total() int64 {
	if s.full {
		return Unlimited
	}
	return s.IDs + s.Users + s.Orders + s.Nodes + s.Lists + s.Index + s.Wide + s.Open
}

// Size returns the memory of the newest version and of the transaction that is being applied. It may be called at any
// time. Older versions that are still being read take more: what the newer ones have replaced.
func (g *Graph) Size() Size {
	size := g.Version().size
	size.Open = g.openBytes.Load()
	size.full = size.full || g.openFull.Load()
	return size
}

// Size returns the memory of the version.
func (v *Version) Size() Size { return v.size }

// The sizes of what a graph consists of, in bytes.
var (
	nodeBytes   = scanned(int(unsafe.Sizeof(node{})))
	rowBytes    = scanned(int(unsafe.Sizeof(userRow{})))
	chunksBytes = scanned(int(unsafe.Sizeof(chunks{}))) + scanned(treeBytes)
)

const (
	entryBytes = int(unsafe.Sizeof(entry{}))
	chunkBytes = int(unsafe.Sizeof(chunk{}))
	// treeBytes is the size of a btree.BTreeG.
	treeBytes = 112
	// treeNode is the size of a node of a tree, without its items.
	treeNode = 48
	// treeItems is the number of items that a node of a tree has space for.
	treeItems = 64
	// treeFill is the number of items of a node after inserts in random order: ln 2 of the space. Inserts in ascending
	// order leave every node half full.
	treeFill, treeFillAscending = 44, 32
)

// bytes returns the memory of the orders of all users, and of the order by users.id, which the writer has.
func (o *userOrders) bytes() int64 {
	const node = treeItems*8 + treeNode
	total := 2 * o.created.Len() * node / treeFillAscending
	total += (o.usernames.Len() + o.names.Len()) * node / treeFill
	return int64(total + o.words.Len()*(treeItems*int(unsafe.Sizeof(word{}))+treeNode)/treeFill)
}

// followersOrderBytes returns the memory of the order of all users by followers.
func followersOrderBytes(order *followersOrder) int64 {
	return int64(order.Len() * (treeItems*int(unsafe.Sizeof(counted{})) + treeNode) / treeFillAscending)
}

// bytes returns the memory of a list outside of its node.
func (l list) bytes() int64 {
	if l.long != nil {
		return l.long.bytes()
	}
	return entriesBytes(l.short)
}

func entriesBytes(entries []entry) int64 { return allocated(cap(entries) * entryBytes) }

// bytes returns the memory of chunks; 0 for nil.
func (c *chunks) bytes() int64 {
	if c == nil {
		return 0
	}
	return chunksBytes + c.entryBytes + c.nodesBytes()
}

// nodesBytes returns the memory of the nodes of the tree of chunks.
func (c *chunks) nodesBytes() int64 {
	n := c.tree.Len()
	if n < treeItems {
		return scanned(n*chunkBytes) + treeNode
	}
	return int64(n * (treeItems*chunkBytes + treeNode) / treeFillAscending)
}

// made returns the memory of what an edit has made of a list. owned reports that it has copied a short one.
func (l list) made(edit uint64, owned bool) int64 {
	switch {
	case l.long != nil:
		return l.long.made(edit)
	case owned:
		return entriesBytes(l.short)
	default:
		return 0
	}
}

func (c *chunks) made(edit uint64) int64 {
	if c == nil || c.edit != edit {
		return 0
	}
	return chunksBytes + c.madeBytes + min(int64(c.madeChunks)*(treeItems*int64(chunkBytes)+treeNode), c.nodesBytes())
}

// bytes returns the memory of a user's row, with its text.
func (r *userRow) bytes() int64 {
	total := rowBytes + textBytes(len(r.text))
	if r.keys.username != r.username() {
		total += textBytes(len(r.keys.username))
	}
	return total + textBytes(len(r.keys.words)) // the name is a part of them
}

// bytes returns the memory of what a node points to, and of itself.
func (n *node) bytes() (nodes, lists, index int64) {
	return nodeBytes, n.followers.bytes() + n.following.bytes(), n.index.bytes()
}

// made returns the memory of what an edit has made of a node's lists.
func (n *node) made(edit uint64) int64 {
	return n.followers.made(edit, n.ownsFollowers) + n.following.made(edit, n.ownsFollowing) + n.index.made(edit)
}

// textBytes returns the memory of a text of n bytes. Go packs texts below 16 bytes.
func textBytes(n int) int64 {
	switch {
	case n >= 16:
		return allocated(n)
	case n&7 == 0:
		return int64(n)
	case n&3 == 0:
		return int64(n+3) &^ 3
	default:
		return int64(n+1) &^ 1
	}
}

// sizeClasses are the sizes of objects that Go's allocator has, by the size that is needed, in 8 bytes. Larger objects
// take whole pages.
var sizeClasses = func() (classes [largestClass/8 + 1]uint16) {
	size := 0
	for i := 1; i < len(classes); i++ {
		if size < i*8 {
			size = cap(append([]byte(nil), make([]byte, i*8)...)) // the size that append really gets
		}
		classes[i] = uint16(size)
	}
	return classes
}()

const (
	largestClass = 32 << 10
	heapPage     = 8 << 10
)

// allocated returns the memory of an object of n bytes without pointers.
func allocated(n int) int64 {
	if n > largestClass {
		return int64(n+heapPage-1) &^ (heapPage - 1)
	}
	return int64(sizeClasses[(n+7)/8])
}

// scanned returns the memory of an object of n bytes with pointers. One of more than 512 bytes has a header.
func scanned(n int) int64 {
	if n > 512 && n <= largestClass-8 {
		n += 8
	}
	return allocated(n)
}

// The memory of a load at its peak, in bytes, with a tenth more than BenchmarkLoadPeak measures: a user with names of
// ordinary length takes 790 and a follow 36. A follow in a list that has a second order takes 52.
const (
	peakPerUser   = 870
	peakPerFollow = 40
)

// Estimate returns about how much memory the load of a graph takes at its peak, in bytes: a little more than the graph
// itself. It returns Unlimited for more than MaxIDs users.
func Estimate(users, follows int64) int64 {
	if users > MaxIDs || follows > (Unlimited-MaxIDs*peakPerUser)/peakPerFollow {
		return Unlimited
	}
	return users*peakPerUser + follows*peakPerFollow
}
