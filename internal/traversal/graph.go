// Package traversal searches in the follow graph, within limits: for shortest paths, and for all follows among many
// users. It knows the graph only as an interface, so a result from memory and one by SQL are the same.
package traversal

import "context"

// Node is the number that a Graph gives an id. The memory of a search grows with the largest number.
type Node = uint32

// Direction is the direction in which follows are read.
type Direction bool

// The directions.
const (
	Forward  Direction = true  // from a user to the users that the user follows
	Backward Direction = false // from a user to the followers
)

// Graph is a follow graph. Node and ID must not fail.
type Graph interface {
	// Node returns the node of an id; ok is false if the graph is known not to have the id.
	Node(id string) (node Node, ok bool)
	// ID returns the id of a node.
	ID(node Node) string
	// Degrees returns the number of follows of each node in a direction, or NoAccount. It may omit the degrees of the
	// last nodes if the sum of the others is greater than most.
	Degrees(ctx context.Context, nodes []Node, direction Direction, most int) ([]int, error)
	// Neighbors returns the nodes at the other end of the follows of each node. expected is the sum of their degrees. It
	// may stop after more than most.
	Neighbors(ctx context.Context, nodes []Node, direction Direction, expected, most int) (Neighbors, error)
}

// NoAccount is the degree of a node whose id has no account. No path leads through it.
const NoAccount = -1

// Neighbors has a list of nodes for each of several nodes: the list of the i-th one ends before All[Ends[i]], where the
// next one starts.
type Neighbors struct {
	All  []Node
	Ends []int
}

// of returns the list of the i-th node.
func (n Neighbors) of(i int) []Node {
	if i == 0 {
		return n.All[:n.Ends[0]]
	}
	return n.All[n.Ends[i-1]:n.Ends[i]]
}

// set is a set of nodes, as pages of bits. The memory of a search grows with the nodes that it finds, not with the
// graph.
type set struct{ pages []*[pageBits / 64]uint64 }

const pageBits = 1 << 13 // 1 KiB

// add adds a node, and reports whether it was not in the set.
func (s *set) add(node Node) bool {
	number := int(node / pageBits)
	if number >= len(s.pages) {
		s.pages = append(s.pages, make([]*[pageBits / 64]uint64, number+1-len(s.pages))...)
	}
	page := s.pages[number]
	if page == nil {
		page = new([pageBits / 64]uint64)
		s.pages[number] = page
	}
	word, bit := &page[node%pageBits/64], uint64(1)<<(node%64)
	isNew := *word&bit == 0
	*word |= bit
	return isNew
}

func (s *set) contains(node Node) bool {
	number := int(node / pageBits)
	return number < len(s.pages) && s.pages[number] != nil && s.pages[number][node%pageBits/64]&(1<<(node%64)) != 0
}

func setOf(nodes []Node) *set {
	s := new(set)
	for _, node := range nodes {
		s.add(node)
	}
	return s
}
