package executor

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// notIndex is the index of a step or node that is a field.
const notIndex int32 = -1

// step is one step on the path to the value that is being written: a field, or an element of a list.
type step struct {
	field  *planField // the field; for an element, the field whose value is the list
	index  int32      // of the element, or notIndex
	node   int32      // the node of this step, 0 until it is created
	result any        // gqlgen's FieldContext.Result; set only if there are calls below
}

// node is a position in the answer that is still needed after its piece has been written. The contexts of calls are
// derived from nodes.
type node struct {
	parent int32
	index  int32
	field  *planField
	result any
	ctx    context.Context // created on first use
}

// here returns the node of the last step.
func (x *Execution) here() int32 {
	last := len(x.steps) - 1
	ancestor := last
	for ancestor > 0 && x.steps[ancestor].node == 0 {
		ancestor--
	}
	at := x.steps[ancestor].node
	for i := ancestor + 1; i <= last; i++ {
		s := &x.steps[i]
		n := node{parent: at, index: s.index, field: s.field}
		if s.field.hasCall {
			n.result = s.result
		}
		x.nodes = append(x.nodes, n)
		at = int32(len(x.nodes) - 1)
		s.node = at
	}
	return at
}

// context returns the context, with a FieldContext, that gqlgen would pass to the resolvers below a node.
func (x *Execution) context(at int32) context.Context {
	n := &x.nodes[at]
	if n.ctx != nil {
		return n.ctx
	}
	parent := x.context(n.parent)
	var field *graphql.FieldContext
	if n.index != notIndex {
		index := int(n.index)
		field = &graphql.FieldContext{Index: &index}
	} else {
		// Only calls have arguments, and their arguments have been read without an error.
		field, _ = n.field.Context(parent, x.scope, x.collect(n.field))
	}
	field.Result = n.result
	if result, ok := n.result.(interface{ value() any }); ok {
		field.Result = result.value()
	}
	n.ctx = graphql.WithFieldContext(parent, field)
	return n.ctx
}

// report adds an error for the value that is being written. The value becomes null.
func (x *Execution) report(err error) (null bool) {
	ctx := x.context(x.here())
	x.op.Error(ctx, err)
	return true
}

// fault adds the error of a panic in the value that is being written.
func (x *Execution) fault(fault any) {
	ctx := x.context(x.here())
	x.op.Error(ctx, x.op.Recover(ctx, fault))
}
