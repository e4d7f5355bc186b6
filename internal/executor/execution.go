package executor

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// Execution is one run of a plan. It works in waves. It writes plain data into one buffer, in pieces, and leaves a hole
// for the value of each resolver call. When it has written all data that is available, the calls of all open holes
// start together. The values of these calls are the next pieces. At the end, it inserts each piece into its hole.
//
// One goroutine does all writing, and only resolvers run concurrently. The execution therefore needs no locks, and all
// calls of a level are known when the first one starts.
type Execution struct {
	ctx    context.Context
	op     *graphql.OperationContext
	scope  any
	plan   *plan
	active []bool // the conditions of the plan that hold
	limit  *Limit // nil: no limit

	buf     []byte
	holes   []hole
	filled  int // number of leading holes that have been filled or are being filled
	frames  []frame
	nodes   []node
	calls   []*call // of the next wave
	batches []*call // by slot: the call of the next wave that collects a field's parents

	steps []step // from the root of the piece to the value that is being written
	piece int32  // the hole whose piece is being written
	frame int32  // the frame around the value that is being written, or none

	framesNull bool // whether any frame is null

	collectedFields map[*planField]graphql.CollectedField // of conditional fields
	activeFields    map[*selectionSet][]*planField        // of conditional selection sets

	waves Waves // notified of calls

	event any // of a subscription: the value of its field
}

var executions = sync.Pool{New: func() any { return new(Execution) }}

func newExecution(op *graphql.OperationContext, plan *plan) *Execution {
	x := executions.Get().(*Execution)
	x.op, x.plan = op, plan
	return x
}

// release returns the execution's memory to the pool. No resolver may be running.
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

// decide evaluates the plan's conditions. It returns false if a variable is invalid, so that gqlgen reports the error.
func (x *Execution) decide() (ok bool) {
	x.active, ok = x.plan.decide(x.active, x.op.Variables)
	return ok
}

// none means no hole and no frame.
const none int32 = -1

// run answers the operation. The data is in the context's buffer, see WithBuffer.
func (x *Execution) run() []byte {
	root := graphql.WithFieldContext(x.ctx, &graphql.FieldContext{Object: x.plan.object})
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
		graphql.AddError(x.ctx, x.ctx.Err()) // nil if the answer is full
	}
	if len(x.calls) > 0 || x.isFull() {
		x.holes[0].null = true
	}
	x.bubble()
	answer := answerBuffer(x.ctx)
	if cap(*answer) < len(x.buf) {
		*answer = make([]byte, 0, len(x.buf)) // only nulls can make it grow further
	}
	*answer = x.assemble(*answer, 0)
	return *answer
}

// fieldsOf returns the active fields of a selection set in the order of the answer.
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

// collect returns the gqlgen form of a field, which resolvers get.
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
