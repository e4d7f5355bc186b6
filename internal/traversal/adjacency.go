package traversal

import (
	"context"
	"slices"
	"time"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/timestamp"
)

// MaxAdjacent is the maximum number of follows that Adjacency returns. With their times they are 1.7 MB of a response.
const MaxAdjacent = 50_000

// ListGraph is a follow graph whose lists Adjacency reads. Node and Degrees are as in Graph.
type ListGraph interface {
	Node(id string) (node Node, ok bool)
	Degrees(ctx context.Context, nodes []Node, direction Direction, most int) ([]int, error)
	// Walk visits the follows of each node that lead to a node which Node has returned, and may visit others. It returns
	// the indexes of the nodes that have more follows than their degree: not all of these were visited.
	Walk(ctx context.Context, nodes []Node, degrees []int, visit Visit) (grown []int, err error)
	// LookUp visits the follows from any of nodes to any of others.
	LookUp(ctx context.Context, nodes, others []Node, visit Visit) error
}

// Visit gets one follow: the index of its follower among the nodes of the read, the followed user, and when the follow
// was created. The indexes ascend. If it returns false, the read ends.
type Visit func(index int, other Node, at timestamp.Timestamp) bool

// ReadLimit bounds what Adjacency reads.
type ReadLimit struct {
	Follows int // how many follows are read
	Lookup  int // how many follows a lookup of one pair counts as
}

// The memory that an id and a follow take at most, in bytes.
const (
	adjacencyIDBytes     = 64
	adjacencyFollowBytes = 64
)

// Adjacency returns the follows from users of one list to users of another, without ids that have no account. Each
// follower's list is walked, or each pair is looked up, whichever counts less. Lists are read in the order of the
// followers until the next one would exceed the limit or MaxAdjacent; this one and all later ones are then nil. The
// limit must allow to look up all pairs of one follower, so the first list is never nil.
func Adjacency(ctx context.Context, graph ListGraph, key *model.AdjacencyKey, limit ReadLimit) (*model.Adjacency, error) {
	s := adjacencySearch{graph: graph, end: len(key.Followers)}
	if err := meter.From(ctx).Hold((len(key.Followers) + len(key.Followings)) * adjacencyIDBytes); err != nil {
		return nil, err
	}
	followers := s.number(key.Followers)
	followings := s.number(key.Followings)
	if len(followers) == 0 || len(followings) == 0 {
		return s.result(followers), nil
	}
	var err error
	if s.degrees, err = graph.Degrees(ctx, s.nodes, Forward, unlimited); err != nil {
		return nil, err
	}
	s.want(followings)
	if err := s.read(ctx, s.choose(followers, limit), limit); err != nil {
		return nil, err
	}
	if err := meter.From(ctx).Hold(len(s.follows) * adjacencyFollowBytes); err != nil {
		return nil, err
	}
	return s.result(followers), nil
}

// adjacencySearch numbers the different users of both lists by places, in the order in which it meets them.
type adjacencySearch struct {
	graph     ListGraph
	nodes     []Node         // by place
	places    map[Node]int32 // of nodes
	degrees   []int          // by place
	positions []int32        // by place: the position among the followed users; notWanted for others
	wanted    set            // of the nodes with a position
	others    []Node         // the nodes with a position
	first     []int          // by place: the first position among the followers; read only for those that are read
	end       int            // the followers before it are read
	// follows has for each follow the place of the follower, the position of the followed user and the index in times, in
	// one number: sorting numbers takes no code of its own.
	follows []int64
	times   []timestamp.Timestamp
}

// The bits of the parts of a number in follows. Lists of ids and results are far shorter.
const (
	positionBits = 20
	timeBits     = 20
)

const (
	unknown   = -1 // the place of an id that the graph does not have
	notWanted = -1
)

// number returns the places of ids.
func (s *adjacencySearch) number(ids []string) []int32 {
	if s.places == nil {
		s.places = make(map[Node]int32, len(ids))
	}
	places := make([]int32, len(ids))
	for i, id := range ids {
		node, ok := s.graph.Node(id)
		if !ok {
			places[i] = unknown
			continue
		}
		place, ok := s.places[node]
		if !ok {
			place = int32(len(s.nodes))
			s.nodes = append(s.nodes, node)
			s.places[node] = place
		}
		places[i] = place
	}
	return places
}

// hasAccount reports whether the user with a place has an account.
func (s *adjacencySearch) hasAccount(place int32) bool {
	return place != unknown && s.degrees[place] != NoAccount
}

// want sets the positions of the followed users.
func (s *adjacencySearch) want(followings []int32) {
	s.positions = slices.Repeat([]int32{notWanted}, len(s.nodes))
	for position, place := range followings {
		if s.hasAccount(place) && s.positions[place] == notWanted {
			s.positions[place] = int32(position)
			s.others = append(s.others, s.nodes[place])
			s.wanted.add(s.nodes[place])
		}
	}
}

// lists are the places of the users whose lists are read in one of two ways, in the order of the followers.
type lists struct {
	walked, lookedUp []int32
	left             int // of the limit
}

// choose returns how each list is read, and sets the end of those that are read.
func (s *adjacencySearch) choose(followers []int32, limit ReadLimit) lists {
	chosen := lists{left: limit.Follows}
	lookups := limit.Lookup * len(s.others)
	s.first = slices.Repeat([]int{len(followers)}, len(s.nodes))
	for i, place := range followers {
		if !s.hasAccount(place) || s.first[place] < i {
			continue
		}
		reads := min(s.degrees[place], lookups)
		if reads > chosen.left {
			s.end = i
			break
		}
		chosen.left -= reads
		s.first[place] = i
		if reads == lookups {
			chosen.lookedUp = append(chosen.lookedUp, place)
		} else {
			chosen.walked = append(chosen.walked, place)
		}
	}
	return chosen
}

// read reads the lists. A list that turns out to be longer than its degree is looked up instead, as far as the limit
// allows: the counts of a database can be wrong, or older than the list.
func (s *adjacencySearch) read(ctx context.Context, chosen lists, limit ReadLimit) error {
	nodes, degrees := s.nodesOf(chosen.walked)
	grown, err := s.graph.Walk(ctx, nodes, degrees, s.visit(chosen.walked))
	if err != nil {
		return err
	}
	s.drop(grown, chosen.walked)
	for _, i := range grown {
		place := chosen.walked[i]
		if chosen.left -= limit.Lookup * len(s.others); chosen.left < 0 && s.first[place] > 0 {
			s.end = min(s.end, s.first[place])
			break
		}
		chosen.lookedUp = append(chosen.lookedUp, place)
	}
	chosen.lookedUp = slices.DeleteFunc(chosen.lookedUp, func(place int32) bool { return s.first[place] >= s.end })
	slices.Sort(chosen.lookedUp) // the places of followers are in their order
	if len(chosen.lookedUp) == 0 || len(s.others) == 0 {
		return nil
	}
	nodes, _ = s.nodesOf(chosen.lookedUp)
	return s.graph.LookUp(ctx, nodes, s.others, s.visit(chosen.lookedUp))
}

// drop removes the follows of the users at some indexes of places.
func (s *adjacencySearch) drop(indexes []int, places []int32) {
	if len(indexes) == 0 {
		return
	}
	dropped := make(map[int32]bool, len(indexes))
	for _, i := range indexes {
		dropped[places[i]] = true
	}
	s.follows = slices.DeleteFunc(s.follows, func(f int64) bool { return dropped[int32(f>>(positionBits+timeBits))] })
}

func (s *adjacencySearch) nodesOf(places []int32) (nodes []Node, degrees []int) {
	nodes, degrees = make([]Node, len(places)), make([]int, len(places))
	for i, place := range places {
		nodes[i], degrees[i] = s.nodes[place], s.degrees[place]
	}
	return nodes, degrees
}

// visit returns a Visit that adds the follows of the users with places. It ends the read after more than MaxAdjacent
// follows: the last of these lists is then incomplete.
func (s *adjacencySearch) visit(places []int32) Visit {
	taken := 0
	return func(index int, other Node, at timestamp.Timestamp) bool {
		if !s.wanted.contains(other) {
			return true
		}
		if taken++; taken > MaxAdjacent {
			s.end = min(s.end, s.first[places[index]])
			return false
		}
		position := s.positions[s.places[other]]
		s.follows = append(s.follows, int64(places[index])<<(positionBits+timeBits)|int64(position)<<timeBits|int64(len(s.times)))
		s.times = append(s.times, at)
		return true
	}
}

// result returns the lists of the followers before the end that have at most MaxAdjacent follows together.
func (s *adjacencySearch) result(followers []int32) *model.Adjacency {
	slices.Sort(s.follows)
	positions, times := make([]int, len(s.follows)), make([]time.Time, len(s.follows))
	ends := make([]int, len(s.nodes)) // by place, of the follows of the user and of those before
	for i, f := range s.follows {
		positions[i] = int(f >> timeBits & (1<<positionBits - 1))
		times[i] = s.times[f&(1<<timeBits-1)].Time()
		ends[f>>(positionBits+timeBits)] = i + 1
	}
	for place := 1; place < len(ends); place++ {
		ends[place] = max(ends[place], ends[place-1])
	}
	all := &model.Adjacency{Following: make([][]int, len(followers)), FollowedAt: make([][]time.Time, len(followers))}
	returned := 0
	for i, place := range followers[:s.end] {
		from, to := 0, 0
		if place != unknown {
			to = ends[place]
		}
		if place > 0 {
			from = ends[place-1]
		}
		if returned += to - from; returned > MaxAdjacent {
			break
		}
		all.Following[i], all.FollowedAt[i] = positions[from:to:to], times[from:to:to]
	}
	return all
}
