package traversal

import (
	"context"
	"errors"
	"iter"
	"slices"

	"followgraph/internal/model"
)

// MaxLength is the maximum length of a path that is searched, in follows. Paths between people are much shorter. It
// bounds the statements of a search and the users of an answer.
const MaxLength = 100

// ShortestPath returns the shortest path of follows from one user to another. If there are several, it returns the one
// whose list of ids is the smallest, compared element by element and byte by byte. It reads at most limit follows.
//
// It searches from both ends, a whole level at a time, and always at the end that has to read fewer follows. This is
// known before they are read, so a search that would exceed the limit ends without reading the level.
func ShortestPath(ctx context.Context, graph Graph, from, to string, limit int) (model.Path, error) {
	first, ok := graph.Node(from)
	last, ok2 := graph.Node(to)
	if !ok || !ok2 {
		return model.Path{Status: model.PathStatusNone}, nil
	}
	s := pathSearch{reader: reader{graph, limit}}
	s.sides = [2]side{newSide(Forward, first), newSide(Backward, last)}
	status, meeting, err := s.run(ctx)
	switch {
	case errors.Is(err, errLimit):
		return model.Path{Status: model.PathStatusLimitReached}, nil
	case err != nil:
		return model.Path{}, err
	case status != model.PathStatusFound:
		return model.Path{Status: status}, nil
	}
	return model.Path{Status: status, CognitoIDs: s.smallest(meeting)}, nil
}

// pathSearch is the search for one path.
type pathSearch struct {
	reader
	sides [2]side
}

// side is the search from one end.
type side struct {
	direction Direction
	levels    []level // of which the follows were read
	frontier  frontier
	seen      set // the nodes of levels and frontier, and those dropped from them
}

// level has the nodes at one distance from the end, and their neighbors in the direction of the side.
type level struct {
	nodes []Node
	Neighbors
}

func newSide(direction Direction, end Node) side {
	s := side{direction: direction, frontier: frontier{nodes: []Node{end}}}
	s.seen.add(end)
	return s
}

// run returns the status of the search. If it is FOUND, meeting has the nodes in the frontiers of both sides: each
// shortest path contains exactly one of them.
func (s *pathSearch) run(ctx context.Context) (status model.PathStatus, meeting []Node, err error) {
	forward, backward := &s.sides[0], &s.sides[1]
	if forward.frontier.nodes[0] == backward.frontier.nodes[0] {
		if meeting, err = s.accounts(ctx, forward.frontier.nodes); err != nil || len(meeting) == 0 {
			return model.PathStatusNone, nil, err
		}
		return model.PathStatusFound, meeting, nil
	}
	for length := 0; ; length++ {
		for i := range s.sides {
			if err := s.sides[i].frontier.measure(ctx, &s.reader, s.sides[i].direction); err != nil {
				return "", nil, err
			}
			if len(s.sides[i].frontier.nodes) == 0 {
				return model.PathStatusNone, nil, nil
			}
		}
		next, other := forward, backward
		if backward.frontier.follows < forward.frontier.follows {
			next, other = backward, forward
		}
		if next.frontier.follows > s.left || length == MaxLength {
			return model.PathStatusLimitReached, nil, nil
		}
		if meeting, err = s.advance(ctx, next, other); err != nil || len(meeting) > 0 {
			return model.PathStatusFound, meeting, err
		}
	}
}

// advance reads the next level of a side, and returns its nodes that the other side has found.
func (s *pathSearch) advance(ctx context.Context, next, other *side) (meeting []Node, err error) {
	nodes := next.frontier.nodes
	found, err := s.neighbors(ctx, nodes, next.direction, next.frontier.follows)
	if err != nil {
		return nil, err
	}
	next.levels = append(next.levels, level{nodes, found})
	next.frontier = frontier{}
	for _, node := range found.All {
		if !next.seen.add(node) {
			continue
		}
		next.frontier.nodes = append(next.frontier.nodes, node)
		if other.seen.contains(node) { // in its frontier: there is no shorter path
			meeting = append(meeting, node)
		}
	}
	return s.accounts(ctx, meeting)
}

// smallest returns the ids of the smallest shortest path through the meeting nodes.
func (s *pathSearch) smallest(meeting []Node) []string {
	forward, backward := s.sides[0].levels, s.sides[1].levels
	// onPath[i] has the nodes at distance i from the start from which a path leads to a meeting node.
	onPath := make([]*set, len(forward)+1)
	onPath[len(forward)] = setOf(meeting)
	for i := len(forward) - 1; i > 0; i-- {
		onPath[i] = new(set)
		for j, node := range forward[i].nodes {
			if slices.ContainsFunc(forward[i].of(j), onPath[i+1].contains) {
				onPath[i].add(node)
			}
		}
	}
	at := meeting[0]
	if len(forward) > 0 {
		at = forward[0].nodes[0]
	}
	path := []string{s.graph.ID(at)}
	for i, level := range forward {
		list := level.of(slices.Index(level.nodes, at))
		at = s.first(func(yield func(Node) bool) {
			for _, node := range list {
				if onPath[i+1].contains(node) && !yield(node) {
					return
				}
			}
		})
		path = append(path, s.graph.ID(at))
	}
	for _, level := range slices.Backward(backward) {
		before := at
		at = s.first(func(yield func(Node) bool) {
			for j, node := range level.nodes {
				if slices.Contains(level.of(j), before) && !yield(node) {
					return
				}
			}
		})
		path = append(path, s.graph.ID(at))
	}
	return path
}

// first returns the node whose id sorts first, of at least one.
func (s *pathSearch) first(nodes iter.Seq[Node]) (first Node) {
	id, isAny := "", false
	for node := range nodes {
		if other := s.graph.ID(node); !isAny || other < id {
			first, id, isAny = node, other, true
		}
	}
	return first
}
