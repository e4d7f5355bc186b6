package executor

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// Execution is one run of a plan. It works in waves: everything that is at hand is written into one buffer, in pieces;
// where a resolver's answer belongs, a hole is left. When nothing more can be written, the calls of all holes start
// together, and their values are the next pieces. In the end the pieces are put into their holes.
//
// One goroutine writes; only resolvers run beside it. So nothing here is locked, and the calls of a level
// are complete when the first one starts.
type Execution struct {
	ctx    context.Context
	op     *graphql.OperationContext
	scope  any
	plan   *plan
	active []bool // which of the plan's conditions hold
	limit  *Limit // nil: none

	buf     []byte
	holes   []hole
	filled  int // holes in front that are filled, or being filled
	frames  []frame
	nodes   []node
	calls   []*call // of the wave that is being gathered
	batches []*call // by slot: the call of the wave that takes a field's parents together

	steps []step // from the piece's root to what is being written
	piece int32  // the hole whose piece is being written
	frame int32  // around what is being written, or none

	framesNull bool // whether any frame is null

	collectedFields map[*planField]graphql.CollectedField // of conditional fields
	activeFields    map[*selectionSet][]*planField        // the active fields of conditional sets

	waves Waves // is told of calls
}

var executions = sync.Pool{New: func() any { return new(Execution) }}

func newExecution(op *graphql.OperationContext, plan *plan) *Execution {
	x := executions.Get().(*Execution)
	x.op, x.plan = op, plan
	return x
}

// release gives the execution's memory back. No resolver runs any more.
func (x *Execution) release() {
	if cap(x.buf) > maxPooled {
		return
	}
	clear(x.nodes)
	clear(x.steps[:cap(x.steps)])
	clear(x.batches)
	clear(x.calls)
	*x = Execution{
		active: x.active[:0], buf: x.buf[:0], holes: x.holes[:0], frames: x.frames[:0], nodes: x.nodes[:0],
		steps: x.steps[:0], batches: x.batches[:0], calls: x.calls[:0],
	}
	executions.Put(x)
}

// decide evaluates the conditions; false where only gqlgen can word what is wrong with them.
func (x *Execution) decide() (ok bool) {
	x.active, ok = x.plan.decide(x.active, x.op.Variables)
	return ok
}

// none is the index of no hole and no frame.
const none int32 = -1

// run answers the operation. The data lies in the context's buffer, see WithBuffer.
func (x *Execution) run() []byte {
	root := graphql.WithFieldContext(x.ctx, &graphql.FieldContext{Object: "Query"})
	x.nodes = append(x.nodes, node{ctx: root, index: notIndex})
	x.holes = append(x.holes, hole{owner: none, frame: none})
	x.batches = append(x.batches, make([]*call, x.plan.slots)...)
	x.write(0, x.plan.root, func(x *Execution, _ any) bool { return x.Object("", nil) }, nil)
	for len(x.calls) > 0 && x.ctx.Err() == nil && !x.isFull() {
		wave := x.calls
		x.calls = nil
		clear(x.batches)
		x.filled = len(x.holes)
		rest := x.start(wave)
		for _, call := range wave[:len(wave)-len(rest)] {
			if call.write(x); x.isFull() {
				break
			}
		}
		x.calls = append(x.calls, rest...)
	}
	if len(x.calls) > 0 {
		graphql.AddError(x.ctx, x.ctx.Err()) // none where the answer is full
	}
	if len(x.calls) > 0 || x.isFull() {
		x.holes[0].null = true
	}
	x.bubble()
	answer := answerBuffer(x.ctx)
	if cap(*answer) < len(x.buf) {
		*answer = make([]byte, 0, len(x.buf)) // it grows for nulls alone
	}
	*answer = x.assemble(*answer, 0)
	return *answer
}

// fieldsOf is the fields of a set that are selected, in the order of the answer.
func (x *Execution) fieldsOf(s *selectionSet) []*planField {
	if s.conditional == nil {
		return s.fields
	}
	if fields, ok := x.activeFields[s]; ok {
		return fields
	}
	fields := []*planField{}
	seen := map[*planField]bool{}
	for _, o := range s.conditional {
		if x.active[o.condition] && !seen[o.field] {
			seen[o.field] = true
			fields = append(fields, o.field)
		}
	}
	if x.activeFields == nil {
		x.activeFields = map[*selectionSet][]*planField{}
	}
	x.activeFields[s] = fields
	return fields
}

// collect is what a resolver sees of a field.
func (x *Execution) collect(f *planField) graphql.CollectedField {
	if !f.conditional {
		return f.collectedField
	}
	field, ok := x.collectedFields[f]
	if !ok {
		field = collect(f.occurrences, x.active)
		if x.collectedFields == nil {
			x.collectedFields = map[*planField]graphql.CollectedField{}
		}
		x.collectedFields[f] = field
	}
	return field
}
