package resident

import (
	"followgraph/internal/model"
)

// Version is the graph at one commit. It is immutable and safe for concurrent use.
type Version struct {
	LSN   uint64
	names *names
	root  []*branch
}

const (
	leafSize   = 256
	branchSize = 256
)

type (
	branch struct {
		edit   uint64
		leaves [branchSize]*leaf
	}
	leaf struct {
		edit  uint64
		nodes [leafSize]*node
	}
)

// node is what the graph holds of one user: whoever is named by a follow or has an account.
type node struct {
	edit      uint64
	id        string
	account   *account // nil where there is none
	followers list
	following list
	index     list // following by the other user, where it is long
}

// account is a user with what its pointers point to, in one piece of memory.
type account struct {
	model.User
	stats        model.Stats
	rowID        int64
	tokenVersion int64
}

var noNode = &node{}

// node returns the node of a number, an empty one where the version has none.
func (v *Version) node(number uint32) *node {
	b := number / (leafSize * branchSize)
	if int(b) >= len(v.root) || v.root[b] == nil {
		return noNode
	}
	l := v.root[b].leaves[number/leafSize%branchSize]
	if l == nil {
		return noNode
	}
	if n := l.nodes[number%leafSize]; n != nil {
		return n
	}
	return noNode
}

// find returns the node of a Cognito id, an empty one where there is none.
func (v *Version) find(cognitoID string) *node {
	number, ok := v.names.find(cognitoID)
	if !ok {
		return noNode
	}
	return v.node(number)
}
