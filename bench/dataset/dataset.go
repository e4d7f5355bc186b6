// Package dataset makes up the large graph that the benchmarks run on, the same one for the same parameters.
package dataset

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Version tells graphs apart that the same parameters gave at different times: it is raised with every change to
// what this package generates.
const Version = 1

// Parameters say which graph to make.
type Parameters struct {
	Users   int
	Follows int
	Seed    uint64
}

// The bounds of a graph. Users fit into the half of a packed follow.
const (
	MinUsers = 100
	MaxUsers = 10_000_000
)

// Accounts are made in the year before Start; follows happen from Start until before End.
var (
	Start = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	End   = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// mostFollowers is how many the most followed account has where there are users enough for it.
const mostFollowers = 50_000

// Validate says what is wrong with the parameters. Fewer than two follows a user leave no room for a tail; with more
// than a twentieth of all pairs, or 1,000 for each user, drawing new ones would take long.
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

// String names the graph; the name can be a directory's.
func (p Parameters) String() string {
	return fmt.Sprintf("v%d-users%d-follows%d-seed%d", Version, p.Users, p.Follows, p.Seed)
}

// Most is the number of followers of the most followed account: 50,000, or half of the users where that is less.
// Nobody else has half as many.
func (p Parameters) Most() int { return min(mostFollowers, p.Users/2) }

// Graph is a graph in memory: 8 bytes a follow and 4 a user. Profiles are made as they are written.
type Graph struct {
	Parameters
	follows []follow // in the order in which they happened
}

// follow is who follows (upper half) whom (lower half), as numbers of users.
type follow uint64

func (f follow) follower() int  { return int(f >> 32) }
func (f follow) following() int { return int(f & 0xffff_ffff) }

// Generate makes a graph. Numbers of followers follow a power law (see degrees), who follows is drawn evenly, and the
// order of follows is random, so that those of one account are spread over the whole time and the whole table, as they
// are in a graph that grew.
func Generate(p Parameters) (*Graph, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(p.Seed, 0x62656e6368)) //nolint:gosec // to be foreseen is what it is for
	counts := degrees(p)
	random.Shuffle(len(counts), func(i, j int) { counts[i], counts[j] = counts[j], counts[i] })

	g := &Graph{Parameters: p, follows: make([]follow, 0, p.Follows)}
	chosen := make([]bool, p.Users)
	for following, count := range counts {
		first := len(g.follows)
		chosen[following] = true // nobody follows themself
		for range count {
			follower := random.IntN(p.Users)
			for chosen[follower] {
				follower = random.IntN(p.Users)
			}
			chosen[follower] = true
			g.follows = append(g.follows, follow(follower)<<32|follow(following))
		}
		for _, f := range g.follows[first:] {
			chosen[f.follower()] = false
		}
		chosen[following] = false
	}
	random.Shuffle(len(g.follows), func(i, j int) { g.follows[i], g.follows[j] = g.follows[j], g.follows[i] })
	return g, nil
}
