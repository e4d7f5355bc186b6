package traversal

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"followgraph/internal/model"
)

// MaxDistance is the longest distance that Distances finds, in follows.
const MaxDistance = 3

// Distances returns the length of the shortest path from a user to each other user, up to MaxDistance: NONE means that
// there is no path or a longer one. to must not contain duplicates, which would count twice. It reads at most limit
// follows for all of them.
//
// One search begins at the user and one at each target. The next level is read at the user, for all targets, or at the
// targets, whichever takes fewer follows. If neither is within the limit, the targets with the fewest follows go first.
func Distances(ctx context.Context, graph Graph, from string, to []string, limit int) ([]model.Distance, error) {
	s := distanceSearch{reader: reader{graph, limit}, results: make([]model.Distance, len(to))}
	for i, id := range to {
		s.results[i] = model.Distance{To: id, Status: model.PathStatusNone}
	}
	if first, ok := graph.Node(from); ok {
		if err := s.run(ctx, first); err != nil {
			return nil, err
		}
	}
	return s.results, nil
}

type distanceSearch struct {
	reader
	results  []model.Distance
	frontier frontier // of the search from the user
	depth    int      // of frontier
	seen     set      // by the search from the user
	open     []*target
}

// target is a user whose distance is not known yet. It is greater than the sum of the depths of both searches.
type target struct {
	result *model.Distance
	frontier
	depth int
}

// found sets the distance of the target.
func (t *target) found(length int) {
	t.result.Status, t.result.Length = model.PathStatusFound, &length
}

func (s *distanceSearch) run(ctx context.Context, from Node) error {
	s.frontier = frontier{nodes: []Node{from}}
	s.seen.add(from)
	if err := s.begin(ctx); err != nil {
		return err
	}
	for {
		// Without more nodes on either side, there is no path.
		s.open = slices.DeleteFunc(s.open, func(t *target) bool {
			return s.depth+t.depth == MaxDistance || len(t.nodes) == 0 || len(s.frontier.nodes) == 0
		})
		if len(s.open) == 0 {
			return nil
		}
		if err := s.frontier.measure(ctx, &s.reader, Forward); err != nil {
			return err
		}
		if err := s.measureTargets(ctx); err != nil {
			return err
		}
		backward := 0
		for _, t := range s.open {
			backward += t.follows
		}
		var err error
		if s.frontier.follows <= min(s.left, backward) {
			err = s.advanceForward(ctx)
		} else {
			err = s.advanceBackward(ctx)
		}
		if errors.Is(err, errLimit) {
			for _, t := range s.open {
				t.result.Status = model.PathStatusLimitReached
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// begin finds the targets that have an account and are not the user.
func (s *distanceSearch) begin(ctx context.Context) error {
	nodes := slices.Clone(s.frontier.nodes)
	results := []*model.Distance{nil}
	for i := range s.results {
		if node, ok := s.graph.Node(s.results[i].To); ok {
			nodes, results = append(nodes, node), append(results, &s.results[i])
		}
	}
	degrees, err := s.graph.Degrees(ctx, nodes, Backward, unlimited)
	if err != nil || degrees[0] == NoAccount {
		return err
	}
	for i := 1; i < len(nodes); i++ {
		t := &target{result: results[i], frontier: frontier{nodes: nodes[i : i+1 : i+1], follows: degrees[i], measured: true}}
		switch {
		case degrees[i] == NoAccount:
		case nodes[i] == nodes[0]:
			t.found(0)
		default:
			s.open = append(s.open, t)
		}
	}
	return nil
}

// measureTargets is frontier.measure for all targets together.
func (s *distanceSearch) measureTargets(ctx context.Context) error {
	var all []Node
	var unmeasured []*target
	for _, t := range s.open {
		if !t.measured {
			all, unmeasured = append(all, t.nodes...), append(unmeasured, t)
		}
	}
	if len(all) == 0 {
		return nil
	}
	degrees, err := s.graph.Degrees(ctx, all, Backward, unlimited)
	if err != nil {
		return err
	}
	for _, t := range unmeasured {
		own := degrees[:len(t.nodes)]
		degrees = degrees[len(t.nodes):]
		t.take(own)
	}
	return nil
}

// advanceForward reads the next level of the search from the user.
func (s *distanceSearch) advanceForward(ctx context.Context) error {
	found, err := s.neighbors(ctx, s.frontier.nodes, Forward, s.frontier.follows)
	if err != nil {
		return err
	}
	s.depth++
	s.frontier = frontier{}
	for _, node := range found.All {
		if s.seen.add(node) {
			s.frontier.nodes = append(s.frontier.nodes, node)
		}
	}
	return s.meet(ctx, s.open)
}

// advanceBackward reads the next level of the search from each target, if the limit allows.
func (s *distanceSearch) advanceBackward(ctx context.Context) error {
	slices.SortStableFunc(s.open, func(a, b *target) int { return cmp.Compare(a.follows, b.follows) })
	sum, within := 0, 0
	var nodes []Node
	for _, t := range s.open {
		if sum+t.follows > s.left {
			break
		}
		sum, within, nodes = sum+t.follows, within+1, append(nodes, t.nodes...)
	}
	for _, t := range s.open[within:] {
		t.result.Status = model.PathStatusLimitReached
	}
	s.open = s.open[:within]
	if within == 0 {
		return nil
	}
	found, err := s.neighbors(ctx, nodes, Backward, sum)
	if err != nil {
		return err
	}
	first := 0
	for _, t := range s.open {
		var next []Node
		for i := range t.nodes {
			next = append(next, found.of(first+i)...)
		}
		first += len(t.nodes)
		slices.Sort(next)
		t.frontier = frontier{nodes: slices.Compact(next)}
		t.depth++
	}
	return s.meet(ctx, s.open)
}

// meet finishes the targets whose search has found a node with an account that the search from the user has found too.
func (s *distanceSearch) meet(ctx context.Context, targets []*target) error {
	var candidates []Node
	for _, t := range targets {
		for _, node := range t.nodes {
			if s.seen.contains(node) {
				candidates = append(candidates, node)
			}
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	slices.Sort(candidates)
	kept, err := s.accounts(ctx, slices.Compact(candidates))
	if err != nil {
		return err
	}
	meeting := setOf(kept)
	s.open = slices.DeleteFunc(s.open, func(t *target) bool {
		met := slices.ContainsFunc(t.nodes, meeting.contains)
		if met {
			t.found(s.depth + t.depth)
		}
		return met
	})
	return nil
}
