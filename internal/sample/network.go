package sample

import (
	"math/rand/v2"
	"time"
)

// edge is a follow between users by their positions, with its time in microseconds since 1970.
type edge struct {
	follower, following int
	at                  int64
}

// network grows a graph with the properties of real ones: a few users have many followers (preferential attachment),
// friends of friends follow each other, and many follows are mutual.
type network struct {
	random    *rand.Rand
	joined    []int64 // when each user joined, ascending
	community []int   // of each user
	members   [][]int
	follows   []edge
	following [][]int // followed users of each user
	followers []int   // number of followers of each user
	exists    map[[2]int]struct{}
}

// communitySize is the mean size of a community.
const communitySize = 60

func newNetwork(random *rand.Rand, joined []int64) *network {
	count := len(joined)
	n := &network{
		random: random, joined: joined,
		community: make([]int, count),
		members:   make([][]int, 1+count/communitySize),
		following: make([][]int, count),
		followers: make([]int, count),
		exists:    make(map[[2]int]struct{}, count*13),
	}
	for i := range n.community {
		// The smaller of two draws makes some communities large and others small.
		c := min(random.IntN(len(n.members)), random.IntN(len(n.members)))
		n.community[i] = c
		n.members[c] = append(n.members[c], i)
	}
	return n
}

// grow adds the follows of every user: some when the user joins, of users who joined earlier, and some later, of all
// users.
func (n *network) grow() []edge {
	for user := range n.joined {
		n.follow(user, user, n.appetite())
	}
	for user := range n.joined {
		n.follow(user, len(n.joined), n.appetite())
	}
	return n.follows
}

// appetite returns how many users to follow: usually a few, rarely hundreds. One draw in n gives more than three times
// the square root of n (a Pareto distribution with exponent 2).
func (n *network) appetite() int {
	return root(10 * 10_000 / (1 + n.random.IntN(10_000)))
}

// root returns the integer square root. An inexact floating-point root may differ between processors.
func root(x int) int {
	r := 0
	for (r+1)*(r+1) <= x {
		r++
	}
	return r
}

// follow adds up to wanted follows of users before the position limit.
func (n *network) follow(user, limit, wanted int) {
	wanted = min(wanted, limit/4+1)
	for range wanted {
		other := n.pick(user, limit)
		if other < limit && n.add(user, other, n.after(user, other)) {
			n.maybeReturn(user, other)
		}
	}
}

// pick returns a user to follow.
func (n *network) pick(user, limit int) int {
	if limit == 0 {
		return user
	}
	switch draw := n.random.IntN(100); {
	case draw < 7:
		// A known account: each is half as likely again as the next.
		position := 0
		for position < min(len(known), limit)-1 && n.random.IntN(3) > 0 {
			position++
		}
		return position
	case draw < 36 && len(n.follows) > 0:
		return n.follows[n.random.IntN(len(n.follows))].following
	case draw < 68 && len(n.following[user]) > 0:
		friend := n.following[user][n.random.IntN(len(n.following[user]))]
		if theirs := n.following[friend]; len(theirs) > 0 {
			return theirs[n.random.IntN(len(theirs))]
		}
		return friend
	case draw < 88:
		fellows := n.members[n.community[user]]
		return fellows[n.random.IntN(len(fellows))]
	}
	return n.random.IntN(limit)
}

// add adds a follow, unless it exists or is a self-follow.
func (n *network) add(follower, following int, at int64) bool {
	key := [2]int{follower, following}
	if _, there := n.exists[key]; there || follower == following {
		return false
	}
	n.exists[key] = struct{}{}
	n.follows = append(n.follows, edge{follower, following, at})
	n.following[follower] = append(n.following[follower], following)
	n.followers[following]++
	return true
}

// maybeReturn lets one user in four follow back within a few weeks. Users with many followers rarely do.
func (n *network) maybeReturn(user, other int) {
	if n.random.IntN(4) > 0 || n.random.IntN(20+n.followers[other]) >= 60 {
		return
	}
	last := n.follows[len(n.follows)-1].at
	n.add(other, user, n.moment(last, min(End.UnixMicro(), last+int64(40*24*time.Hour/time.Microsecond))))
}

// after returns a time after both users have joined: shortly after in half of all cases, otherwise at any time.
func (n *network) after(a, b int) int64 {
	from, to := max(n.joined[a], n.joined[b]), End.UnixMicro()
	if n.random.IntN(2) == 0 {
		to = min(to, from+int64(30*24*time.Hour/time.Microsecond))
	}
	return n.moment(from, to)
}

// moment returns a time after from and not after to, if to is later.
func (n *network) moment(from, to int64) int64 {
	return from + 1 + n.random.Int64N(max(1, to-from))
}
