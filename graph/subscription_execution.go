package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"followgraph/graph/operation"
	"followgraph/internal/apperr"
	"followgraph/internal/commit"
	"followgraph/internal/executor"
	"followgraph/internal/limit"
	"followgraph/internal/live"
	"followgraph/internal/observe/meter"
	"followgraph/internal/viewer"
)

// commitRange identifies an event of a group: events with the same first and last commit are equal.
type commitRange struct {
	first, last uint64          // LSN
	log         commit.Position // without its LSN
}

// execution is an event that is executed once for the streams of a group.
type execution struct {
	group   *group
	commits commitRange

	// subscriptions.mu guards these.
	begun  bool
	served int                       // streams that have the response
	paid   map[limit.Caller]struct{} // callers that were charged
	bytes  int                       // of the response, if it is kept

	done    chan struct{} // closed when payload or err is set
	payload *Payload
	err     error
}

// payload returns the response to an event for a stream of a caller. If wait is not zero, the caller cannot have it
// before, and nothing was done.
func (g *group) payload(ctx context.Context, event *live.Event, caller limit.Caller) (_ *Payload, wait time.Duration, _ error) {
	s, cost := g.of, g.costOf(event)
	s.mu.Lock()
	e := g.execution(event)
	wait, err := s.charge(e, caller, cost.Total())
	if wait > 0 || err != nil {
		s.mu.Unlock()
		return nil, wait, err
	}
	begins := !e.begun
	e.begun = true
	s.mu.Unlock()
	if begins {
		e.payload, e.err = g.execute(ctx, event, cost, caller)
		close(e.done) // execute does not panic
	} else {
		select {
		case <-e.done:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) { // the execution may have begun later, and has its own limit
				return nil, minWait, nil
			}
			return nil, 0, ctx.Err()
		}
	}
	if wait := retryAfter(e.err); wait > 0 {
		s.forget(e)
		return nil, wait, nil
	}
	s.serve(e)
	return e.payload, 0, e.err
}

// execution returns the execution of an event. The caller holds subscriptions.mu.
func (g *group) execution(event *live.Event) *execution {
	s := g.of
	log := event.Position
	log.LSN = 0
	commits := commitRange{event.First, event.Last, log}
	for _, e := range g.kept {
		if e.commits == commits {
			s.kept.Get(e) // it is used
			return e
		}
	}
	e := &execution{group: g, commits: commits, done: make(chan struct{})}
	if g.members > 1 {
		if len(g.kept) == maxKeptEvents {
			s.kept.Remove(g.kept[0])
		}
		g.kept = append(g.kept, e)
		s.kept.Add(e, struct{}{})
	}
	return e
}

// charge charges a budget for an event once, however many streams that pay by it get the event. The caller holds s.mu.
func (s *subscriptions) charge(e *execution, caller limit.Caller, cost int) (wait time.Duration, err error) {
	if s.budgets == nil {
		return 0, nil
	}
	owner := ownerOf(caller)
	if _, ok := e.paid[owner]; ok {
		return 0, nil
	}
	if wait, err = s.budgets.SpendSpare(caller, cost); wait > 0 || err != nil {
		return wait, err
	}
	if e.paid == nil {
		e.paid = map[limit.Caller]struct{}{}
	}
	e.paid[owner] = struct{}{}
	return 0, nil
}

// ownerOf returns the caller by whose budget a caller pays: the user, wherever it calls from, or the network of an
// anonymous caller.
func ownerOf(caller limit.Caller) limit.Caller {
	if caller.User != "" {
		return limit.Caller{User: caller.User}
	}
	return limit.Caller{Address: limit.Network(caller.Address)}
}

// retryAfter returns how long the server is too busy for an event. It is 0 if the event was executed.
func retryAfter(err error) time.Duration {
	var ours *apperr.Error
	if errors.As(err, &ours) && ours.Code == apperr.Overloaded {
		return max(ours.RetryAfter, minWait)
	}
	return 0
}

// serve counts a stream that gets a response. It is kept until all streams of the group have it, or as long as there is
// room.
func (s *subscriptions) serve(e *execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.served++
	if e.err != nil || e.served >= e.group.members {
		s.kept.Remove(e)
	}
	if !s.kept.Contains(e) {
		return
	}
	if e.bytes == 0 {
		e.bytes = len(e.payload.Body)
		for s.bytes += e.bytes; s.bytes > maxKeptBytes; {
			s.kept.RemoveOldest()
		}
	}
}

// forget lets the next stream execute the event again. Callers that were charged are not charged again.
func (s *subscriptions) forget(e *execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := e.group
	if !s.kept.Remove(e) && g.members != 1 {
		return // another stream did, or no stream needs the event
	}
	again := &execution{group: g, commits: e.commits, paid: e.paid, done: make(chan struct{})}
	g.kept = append(g.kept, again)
	s.kept.Add(again, struct{}{})
}

// execute executes an event. It has its own time limit, because other streams wait for it when the one of ctx has ended.
// It takes its memory before, as every operation does; the error is OVERLOADED if there is none.
func (g *group) execute(ctx context.Context, event *live.Event, cost operation.Cost, caller limit.Caller) (_ *Payload, err error) {
	s := g.of
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	defer func() {
		if fault := recover(); fault != nil {
			err = operation.Recover(ctx, fault)
		}
	}()
	ctx, measured := meter.With(ctx)
	measured.SetCost(cost.Total())
	leave, err := s.enter(ctx, measured, limit.Site(caller.Address), cost.Memory(s.maxResponse))
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, release := executor.WithBuffer(ctx)
	defer release()
	ctx = withEvent(s.at(viewer.With(ctx, g.viewer), event.Version), g.topic, event)
	op, err := g.operation(ctx)
	if err != nil {
		return nil, err
	}
	responses, ctx := s.executor.DispatchOperation(ctx, op)
	response := responses(ctx)
	if response == nil {
		return nil, context.DeadlineExceeded
	}
	position := event.Position.String()
	body, err := encodeEvent(response, position)
	if err != nil {
		return nil, err
	}
	return &Payload{Body: body, Position: position}, nil
}

// enter waits for a processor, and for the memory of an event of a network. leave returns both. The error is OVERLOADED if
// there is none in time. A large event waits for its memory first, because it waits for other large ones, which must not
// keep the processors from small ones meanwhile.
func (s *subscriptions) enter(ctx context.Context, measured *meter.Meter, network netip.Addr, need int) (leave func(), err error) {
	var share *limit.Share
	take := func() error {
		if s.memory == nil || share != nil {
			return nil
		}
		if share, err = s.memory.Take(ctx, network, need); err == nil {
			measured.SetHolder(share)
		}
		return err
	}
	if s.memory != nil && s.memory.IsLarge(need) {
		if err := take(); err != nil {
			return nil, err
		}
	}
	select {
	case s.running <- struct{}{}:
	case <-ctx.Done():
		if share != nil {
			share.Release()
		}
		return nil, apperr.Overload(time.Second, "the server is too busy")
	}
	if err := take(); err != nil {
		<-s.running
		return nil, err
	}
	return func() {
		<-s.running
		if share != nil {
			share.Release()
		}
	}, nil
}

// encodeEvent returns a response in JSON, errors first.
func encodeEvent(response *graphql.Response, position string) ([]byte, error) {
	const data, extensions, end = `"data":`, `,"extensions":{"position":"`, `"}}`
	var body bytes.Buffer
	body.Grow(1 + len(data) + len(response.Data) + len(extensions) + len(position) + len(end))
	body.WriteByte('{')
	if len(response.Errors) > 0 {
		errs, err := json.Marshal(response.Errors)
		if err != nil {
			return nil, err
		}
		body.WriteString(`"errors":`)
		body.Write(errs)
		body.WriteByte(',')
	}
	body.WriteString(data)
	if len(response.Data) == 0 {
		body.WriteString("null")
	}
	body.Write(response.Data)
	body.WriteString(extensions)
	body.WriteString(position)
	body.WriteString(end)
	return body.Bytes(), nil
}
