package executor

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Receiver waits for the next value of a subscription. ok is false at its end, and if ctx ends.
type Receiver func(ctx context.Context) (value any, ok bool)

// Stream is a Field.Stream for the channel that the resolver of a subscription returns. Middleware may return another
// value: that is an error, with gqlgen's message.
func Stream[T any](result any) (Receiver, error) {
	values, ok := result.(<-chan T)
	if !ok {
		return nil, fmt.Errorf("unexpected type %T from middleware/directive chain, should be %T", result, values)
	}
	return func(ctx context.Context) (any, bool) {
		select {
		case value, ok := <-values:
			return value, ok
		case <-ctx.Done():
			return nil, false
		}
	}, nil
}

// isStreamed reports whether every field of a subscription has a stream that this executor can receive.
func (s *selectionSet) isStreamed() bool {
	for _, field := range s.fields {
		if field.delegated || field.Field != nil && field.Stream == nil {
			return false
		}
	}
	for _, o := range s.conditional {
		if o.field.delegated || o.field.Field != nil && o.field.Stream == nil {
			return false
		}
	}
	return true
}

// subscribe calls the resolver of a subscription, and executes the plan for each value that it sends. x has the
// conditions of the operation; subscribe releases it.
func (e *executable) subscribe(ctx context.Context, x *Execution) graphql.ResponseHandler {
	op, plan := x.op, x.plan
	x.ctx, x.scope = e.tables.Begin(ctx, op)
	x.waves = wavesOf(ctx)
	receive := x.openStream() //nolint:contextcheck // the execution has it
	x.release()
	return func(ctx context.Context) *graphql.Response {
		if receive == nil {
			return nil // its errors are in the context of subscribe
		}
		value, ok := receive(ctx)
		if !ok {
			return nil
		}
		x := newExecution(op, plan)
		defer x.release()
		x.decide() // it did already
		x.ctx, x.scope = e.tables.Begin(ctx, op)
		x.limit, x.waves, x.event = LimitOf(ctx), wavesOf(ctx), value
		return &graphql.Response{Data: x.run()} //nolint:contextcheck // the execution has it
	}
}

// openStream calls the resolver of the only root field. The result is nil after an error, which it adds to the context.
func (x *Execution) openStream() (receive Receiver) {
	root := graphql.WithFieldContext(x.ctx, &graphql.FieldContext{Object: x.plan.object})
	fields := x.fieldsOf(x.plan.root.selectionSets[0].selectionSet)
	if len(fields) != 1 || fields[0].Field == nil {
		graphql.AddErrorf(root, "must subscribe to exactly one stream")
		return nil
	}
	field := fields[0]
	fieldContext, err := field.Context(root, x.scope, x.collect(field)) // it reports its error
	if err != nil {
		return nil
	}
	ctx := graphql.WithFieldContext(root, fieldContext)
	defer func() {
		if fault := recover(); fault != nil {
			x.op.Error(ctx, x.op.Recover(ctx, fault))
			receive = nil
		}
	}()
	x.waves.Begin(1)
	defer x.waves.End()
	result, err := x.op.ResolverMiddleware(ctx, func(resolved context.Context) (any, error) {
		ctx = resolved
		return field.Resolve(ctx, x.scope, nil)
	})
	if err == nil && result == nil {
		if fieldContext.NonNull || field.NonNull {
			graphql.AddInvalidNullError(ctx, "")
		}
		return nil
	}
	if err == nil {
		receive, err = field.Stream(result)
	} else {
		err = graphql.AddFieldLocationToError(ctx, err)
	}
	if err != nil {
		x.op.Error(ctx, err)
		return nil
	}
	return receive
}

// receive sets the value of the root field of a subscription to that of the event.
func (c *call) receive(x *Execution) {
	if c.badArguments {
		return
	}
	c.ctx = graphql.WithFieldContext(c.ctx, c.context)
	c.value = x.event
}
