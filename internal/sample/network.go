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

// network grows a graph in which, as in real ones, few are followed by many (who is followed gets
// followed), friends of friends follow each other, and a follow is often returned.
type network struct {
	random    *rand.Rand
	joined    []int64 // when each user joined, ascending
	community []int   // of each user
	members   [][]int
	follows   []edge
	following [][]int // of each user, whom they follow
	followers []int   // of each user, how many follow them
	exists    map[[2]int]struct{}
}

// communitySize is the mean number of members.
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

// grow lets everybody follow some of those who are there when they join, and some of all later on.
func (n *network) grow() []edge {
	for user := range n.joined {
		n.follow(user, user, n.appetite())
	}
	for user := range n.joined {
		n.follow(user, len(n.joined), n.appetite())
	}
	return n.follows
}

// appetite is how many to follow: mostly a few, rarely hundreds. One draw in n gives more than three
// times the square root of n (a Pareto distribution with exponent 2).
func (n *network) appetite() int {
	return root(10 * 10_000 / (1 + n.random.IntN(10_000)))
}

// root is the integer square root; a float's may differ between processors where it is inexact.
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

// pick proposes somebody to follow.
func (n *network) pick(user, limit int) int {
	if limit == 0 {
		return user
	}
	switch draw := n.random.IntN(100); {
	case draw < 7:
		// A known account: each half again as likely as the next.
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

// add records a follow, unless it is there or would be of oneself.
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

// maybeReturn lets one in four follow back within some weeks; those with many followers rarely do.
func (n *network) maybeReturn(user, other int) {
	if n.random.IntN(4) > 0 || n.random.IntN(20+n.followers[other]) >= 60 {
		return
	}
	last := n.follows[len(n.follows)-1].at
	n.add(other, user, n.moment(last, min(End.UnixMicro(), last+int64(40*24*time.Hour/time.Microsecond))))
}

// after is a time at which both are there: soon in half of all cases, any time in the others.
func (n *network) after(a, b int) int64 {
	from, to := max(n.joined[a], n.joined[b]), End.UnixMicro()
	if n.random.IntN(2) == 0 {
		to = min(to, from+int64(30*24*time.Hour/time.Microsecond))
	}
	return n.moment(from, to)
}

// moment is a time behind from and not behind to, unless that is not later.
func (n *network) moment(from, to int64) int64 {
	return from + 1 + n.random.Int64N(max(1, to-from))
}
