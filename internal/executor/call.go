package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// maxRunning limits the concurrent resolver calls of one operation. Each call takes one goroutine. A call of a batch
// resolver counts as one, regardless of its number of parents.
const maxRunning = 2048

// call is one call of a resolver: for one parent, or for all parents of a wave if it is a batch resolver.
type call struct {
	field   *planField
	parents []any
	holes   []int32 // one for each parent

	ctx          context.Context       // of the first parent, with the field's arguments; after the call it is passed to the fields below
	context      *graphql.FieldContext // of the first parent
	badArguments bool                  // the arguments are invalid and have been reported: all values are null

	value     any               // the result; for a batch resolver, one value for each parent
	err       error             // the resolver's error, or the error of its panic
	fault     bool              // whether the resolver panicked
	marshaler graphql.Marshaler // returned by gqlgen or by root field middleware instead of a value
}

// wait adds a hole to the buffer for a field's value, and adds the field's call to the next wave.
func (x *Execution) wait(f *planField, parent any) {
	at := int32(len(x.holes))
	x.holes = append(x.holes, hole{at: len(x.buf), owner: x.piece, frame: x.frame, node: x.here(), nonNull: f.NonNull})
	c := x.batches[f.slot]
	if c == nil {
		c = &call{field: f}
		x.calls = append(x.calls, c)
		if f.isBatch() {
			x.batches[f.slot] = c
		}
	}
	c.parents = append(c.parents, parent)
	c.holes = append(c.holes, at)
}

// isCall reports whether the field itself needs a call. The fields below it do not count.
func (f *planField) isCall() bool { return f.Plain == nil || f.delegated }

func (f *planField) isBatch() bool { return f.ResolveBatch != nil && !f.delegated }

// start runs the calls of a wave, at most maxRunning at a time, and waits for them. It returns the calls that had not
// started when the operation's context ended.
func (x *Execution) start(wave []*call) (rest []*call) {
	for _, c := range wave {
		c.prepare(x)
	}
	for len(wave) > 0 && x.ctx.Err() == nil {
		batch := wave[:min(len(wave), maxRunning)]
		wave = wave[len(batch):]
		x.runAll(batch)
	}
	return wave
}

// runAll runs calls and waits for all of them. It runs a single call on this goroutine, and several calls concurrently.
// A call may wait for lookups of the others (see Waves), so all calls start together, and none starts later when
// another one ends.
func (x *Execution) runAll(calls []*call) {
	x.waves.Begin(len(calls))
	if len(calls) == 1 {
		calls[0].run(x)
		x.waves.End()
		return
	}
	var ended sync.WaitGroup
	for _, c := range calls {
		ended.Go(func() {
			defer x.waves.End()
			c.run(x)
		})
	}
	ended.Wait()
}

// isRoot reports whether the call is of a field of the root type.
func (c *call) isRoot(x *Execution) bool { return x.nodes[x.holes[c.holes[0]].node].parent == 0 }

// prepare copies the data that the call needs from the execution, before calls run concurrently.
func (c *call) prepare(x *Execution) {
	field := x.collect(c.field)
	for _, at := range c.holes {
		around := x.context(x.nodes[x.holes[at].node].parent)
		if c.isRoot(x) {
			around = graphql.WithRootFieldContext(around, &graphql.RootFieldContext{Object: field.Name, Field: field})
		}
		c.ctx = around
		if c.field.delegated {
			return
		}
		fieldContext, err := c.field.Context(around, x.scope, field) // it reports the error at the path of each parent
		if c.badArguments = err != nil; !c.badArguments {
			c.context = fieldContext
			return
		}
		x.holes[at].null = true
	}
}

// placeholder is passed to root field middleware instead of a value that is written later.
type placeholder struct{ graphql.Marshaler }

// run calls the resolver. Calls run concurrently, so run modifies only its call.
func (c *call) run(x *Execution) {
	if !c.isRoot(x) {
		c.resolve(x)
		return
	}
	if x.plan.stream {
		c.receive(x)
		return
	}
	result := x.op.RootResolverMiddleware(c.ctx, func(ctx context.Context) graphql.Marshaler {
		c.ctx = ctx
		c.resolve(x)
		switch {
		case c.marshaler != nil:
			return c.marshaler
		case c.badArguments:
			return graphql.Null
		default:
			return placeholder{}
		}
	})
	if result != (placeholder{}) {
		c.marshaler = result
	}
}

func (c *call) resolve(x *Execution) {
	if c.badArguments {
		return
	}
	if !c.field.delegated {
		c.ctx = graphql.WithFieldContext(c.ctx, c.context)
	}
	defer func() {
		if fault := recover(); fault != nil {
			c.err, c.fault = x.op.RecoverFunc(c.ctx, fault), true
			if c.field.delegated {
				c.marshaler = graphql.Null
			}
		}
	}()
	if c.field.delegated {
		c.marshaler = c.field.Delegate(c.ctx, x.scope, x.collect(c.field), c.parents[0])
		return
	}
	value, err := x.op.ResolverMiddleware(c.ctx, func(ctx context.Context) (any, error) {
		if c.field.isBatch() {
			return c.field.ResolveBatch(ctx, x.scope, c.parents)
		}
		c.ctx = ctx // the fields below see what middleware put into the context
		return c.field.Resolve(ctx, x.scope, c.parents[0])
	})
	c.value, c.err = value, err
}

// write puts the call's values into its holes.
func (c *call) write(x *Execution) {
	switch {
	case c.marshaler != nil:
		if c.err != nil {
			c.report(x)
		}
		h := &x.holes[c.holes[0]]
		h.null, h.nonNull = false, c.field.NonNull || c.marshaler == graphql.RequiredNull
		x.write(c.holes[0], c.field, writeMarshaler, c.marshaler)
		return
	case c.badArguments:
		return
	}
	if !c.field.delegated {
		x.nodes[x.holes[c.holes[0]].node].ctx = c.ctx
	}
	values, isBatch := c.value.([]any)
	for i, at := range c.holes {
		value, err := c.value, c.err
		if c.field.isBatch() {
			value, err = c.resultOf(x, i, values, isBatch)
		}
		if c.fill(x, at, value, err); x.isFull() {
			return
		}
	}
}

func writeMarshaler(x *Execution, value any) bool {
	marshaler := value.(graphql.Marshaler)
	return marshaler == graphql.RequiredNull || x.Marshaler(marshaler)
}

// resultOf returns one parent's result of a batch resolver (gqlgen, ResolveBatchGroupResult).
func (c *call) resultOf(x *Execution, i int, values []any, isBatch bool) (any, error) {
	each, isEach := c.err.(graphql.BatchErrors) //nolint:errorlint // as in gqlgen, a wrapped error is for all parents
	switch {
	case c.err != nil && !isEach:
		return nil, c.err
	case !isBatch:
		return c.value, nil // middleware returned another value: the field's Write refuses it
	case len(values) != len(c.parents):
		return nil, c.countError(x, i, len(values), "results")
	case isEach && len(each.Errors()) != len(c.parents):
		return nil, c.countError(x, i, len(each.Errors()), "errors")
	case isEach && each.Errors()[i] != nil:
		return nil, each.Errors()[i]
	default:
		return values[i], nil
	}
}

// countError returns the error of a batch resolver that returned a wrong number of results or errors, with gqlgen's
// message.
func (c *call) countError(x *Execution, i, returned int, what string) error {
	name := c.context.Object + "." + c.context.Field.Name
	if index := x.listIndex(c.holes[i]); index != notIndex {
		return fmt.Errorf("index %d: batch resolver %s returned %d %s for %d parents", index, name, returned, what, len(c.parents))
	}
	return fmt.Errorf("batch resolver %s returned %d %s for %d parents (index 0)", name, returned, what, len(c.parents))
}

// listIndex returns the index of the list element that contains the hole's field, or notIndex.
func (x *Execution) listIndex(at int32) int32 {
	return x.nodes[x.nodes[x.holes[at].node].parent].index
}

// fill puts one value into its hole.
func (c *call) fill(x *Execution, at int32, value any, err error) {
	h := &x.holes[at]
	nonNull := h.nonNull || c.context.NonNull // see graphql.MarkNonNull, which gqlgen observes only in some cases
	switch {
	case err != nil && c.field.isBatch():
		h.null, h.nonNull = true, nonNull
		graphql.AddBatchError(x.context(h.node), int(max(0, x.listIndex(at))), err)
		if nonNull && hasPath(err) {
			graphql.AddInvalidNullError(x.context(h.node), "")
		}
	case c.fault:
		h.null = true
		c.report(x)
	case err != nil:
		h.null, h.nonNull = true, nonNull
		c.report(x)
	case value == nil:
		h.null, h.nonNull = true, nonNull
		if nonNull {
			graphql.AddInvalidNullError(x.context(h.node), "")
		}
	default:
		if at == c.holes[0] {
			c.context.Result = value
		} else {
			x.nodes[h.node].result = value
		}
		x.write(at, c.field, c.field.Write, value)
	}
}

// report adds the error of a resolver that is not a batch resolver.
func (c *call) report(x *Execution) {
	if c.fault {
		x.op.Error(c.ctx, graphql.ErrorOnPath(c.ctx, c.err))
		return
	}
	x.op.Error(c.ctx, graphql.AddFieldLocationToError(c.ctx, c.err))
}

// hasPath reports whether an error has its own path, which may differ from the path of its field.
func hasPath(err error) bool {
	located, ok := errors.AsType[*gqlerror.Error](err)
	return ok && located.Path != nil
}
