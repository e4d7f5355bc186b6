// Package dataset generates the large graph for the benchmarks. The same parameters generate the same graph.
package dataset

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Version distinguishes graphs that were generated from the same parameters by different versions. It is incremented
// with every change to the generated data.
const Version = 1

// Parameters describe a graph.
type Parameters struct {
	Users   int
	Follows int
	Seed    uint64
}

// The limits of a graph. A user fits into half of a packed follow.
const (
	MinUsers = 100
	MaxUsers = 10_000_000
)

// Accounts are created in the year before Start. Follows start between Start and End.
var (
	Start = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	End   = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// mostFollowers is the number of followers of the account with the most, if there are enough users.
const mostFollowers = 50_000

// Validate returns an error if the parameters are invalid. Fewer than two follows per user leave no room for a tail.
// With more than a twentieth of all pairs, or 1,000 follows per user, drawing new pairs would take long.
func (p Parameters) Validate() error {
	switch {
	case p.Users < MinUsers || p.Users > MaxUsers:
		return fmt.Errorf("a graph has %d to %d users, not %d", MinUsers, MaxUsers, p.Users)
	case p.Follows < 2*p.Users || p.Follows > p.maxMean()*p.Users:
		return fmt.Errorf("%d users have %d to %d follows, not %d", p.Users, 2*p.Users, p.maxMean()*p.Users, p.Follows)
	}
	return nil
}

func (p Parameters) maxMean() int { return min(p.Users/20, 1000) }

// String returns a name for the graph that is valid as directory name.
func (p Parameters) String() string {
	return fmt.Sprintf("v%d-users%d-follows%d-seed%d", Version, p.Users, p.Follows, p.Seed)
}

// Most returns the number of followers of the account with the most: 50,000 or half of the users, whichever is less.
// All other accounts have fewer than half as many.
func (p Parameters) Most() int { return min(mostFollowers, p.Users/2) }

// Graph is a graph in memory: 8 bytes per follow and 4 per user. Profiles are generated while they are written.
type Graph struct {
	Parameters
	follows []follow // in chronological order
}

// follow contains the numbers of the follower (upper half) and the followed user (lower half).
type follow uint64

func (f follow) follower() int  { return int(f >> 32) }
func (f follow) following() int { return int(f & 0xffff_ffff) }

// Generate generates a graph. The number of followers has a power-law distribution (see degrees). Followers are drawn
// uniformly. The order of follows is random, so the follows of an account are spread over the whole time and the whole
// table, as in a graph that has grown.
func Generate(p Parameters) (*Graph, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(p.Seed, 0x62656e6368)) //nolint:gosec // must be reproducible
	counts := degrees(p)
	random.Shuffle(len(counts), func(i, j int) { counts[i], counts[j] = counts[j], counts[i] })

	g := &Graph{Parameters: p, follows: make([]follow, 0, p.Follows)}
	isFollowed := make([]bool, p.Users)
	for following, count := range counts {
		first := len(g.follows)
		isFollowed[following] = true // users do not follow themselves
		for range count {
			follower := random.IntN(p.Users)
			for isFollowed[follower] {
				follower = random.IntN(p.Users)
			}
			isFollowed[follower] = true
			g.follows = append(g.follows, follow(follower)<<32|follow(following))
		}
		for _, f := range g.follows[first:] {
			isFollowed[f.follower()] = false
		}
		isFollowed[following] = false
	}
	random.Shuffle(len(g.follows), func(i, j int) { g.follows[i], g.follows[j] = g.follows[j], g.follows[i] })
	return g, nil
}
