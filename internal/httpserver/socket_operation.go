package httpserver

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph"
	"followgraph/internal/executor"
	"followgraph/internal/observe"
	"followgraph/internal/observe/meter"
	"followgraph/internal/viewer"
)

// socketOperation is one operation on a WebSocket.
type socketOperation struct {
	feed   *feed
	memory int64 // that its message holds, in bytes
	// cancel ends the context of a query, a mutation, or the begin of a subscription; nil after that. The mutex of the
	// socket guards it.
	cancel context.CancelFunc
}

// subscribe begins an operation of any type. The message holds memory, in bytes.
func (s *socket) subscribe(message socketMessage, memory int64) *closing {
	params := &parameters{size: len(message.payload)}
	op, end := s.admit(message, params)
	if op == nil {
		s.raw.bounded.giveBack(memory)
		return end
	}
	op.memory = memory
	ctx, cancel := context.WithTimeout(s.operating, s.api.timeout)
	op.cancel = cancel
	s.mu.Lock()
	if s.closing != nil || s.stopping {
		s.mu.Unlock()
		cancel()
		s.raw.bounded.giveBack(memory)
		return nil // the client comes again
	}
	if s.operations == nil {
		s.operations = make(map[string]*socketOperation, 1)
	}
	s.operations[message.id] = op
	s.running++
	s.mu.Unlock()
	s.raw.setIdle(false)
	go s.operate(ctx, op, params)
	return nil
}

// admit reads the parameters of an operation and checks whether it may begin. It returns nil if not, and then why the
// connection must be closed, unless the client got an error.
func (s *socket) admit(message socketMessage, params *parameters) (*socketOperation, *closing) {
	s.mu.Lock()
	_, known := s.operations[message.id]
	acknowledged, count := s.state == socketAcknowledged, len(s.operations)
	s.mu.Unlock()
	switch {
	case !acknowledged:
		return nil, &closing{closeUnauthorized, "Unauthorized"}
	case known:
		return nil, &closing{closeDuplicate, duplicateReason(message.id)}
	}
	if refused := params.readPayload(message.payload); refused != nil {
		return nil, invalid(refused.Error())
	}
	if count >= s.api.streams.limits.Limits().PerConnection {
		_ = s.send(messageError, message.id, s.errorList(s.holder.RefuseOperation()), nil) // an error ends the connection
		return nil, nil
	}
	return &socketOperation{feed: &feed{out: s.out, id: message.id, transport: observe.WebSocket}}, nil
}

// duplicateReason returns the reason for a connection's end because of an id that is in use.
func duplicateReason(id string) string {
	const before, after = "Subscriber for ", " already exists"
	if len(before)+len(id)+len(after) > maxCloseReason {
		return "Subscriber for this id already exists"
	}
	return before + id + after
}

// readPayload reads the parameters of a message subscribe.
func (p *parameters) readPayload(payload []byte) *refusal {
	if refused := p.readJSON(payload); refused != nil {
		return refused
	}
	return p.finish()
}

// socketRequest stands for the request of an operation on a WebSocket, which has no headers and may be a mutation.
var socketRequest = &http.Request{Method: http.MethodPost, Header: http.Header{}, URL: &url.URL{Path: endpoint}}

// operate runs a query or a mutation, or begins a subscription.
func (s *socket) operate(ctx context.Context, op *socketOperation, params *parameters) {
	defer s.began(op)
	defer s.recover()
	ctx, _ = meter.With(graphql.StartOperationTrace(ctx))
	ctx, release := executor.WithBuffer(ctx)
	defer release()

	after, refused := params.position()
	ctx, snapshot, malformed := s.api.snapshot(ctx, after, "extensions.position")
	if malformed != nil {
		refused = malformed
	}
	caller, end := s.currentCaller(ctx)
	if end != nil {
		s.close(*end)
		return
	}
	var a answer
	var events eventStream
	if refused == nil {
		request := operationRequest{params: params, snapshot: snapshot, after: after, caller: caller}
		request.subscribe = func(ctx context.Context, prepared *graph.Operation, request operationRequest) (err error) {
			events, err = s.begin(ctx, op.feed, prepared, request)
			return err
		}
		a, refused = s.api.operate(viewer.With(ctx, caller), http.Header{}, socketRequest, request)
	}
	switch {
	case refused != nil:
		errs := s.api.refuse(ctx, http.Header{}, plainJSON, refused).Errors
		s.last(op, endOf(refused), messageError, listOf(errs)) //nolint:contextcheck // messages end with the connection
	case events == nil:
		position, _ := snapshot.End(ctx)
		s.result(op, withPosition(a.Response, position)) //nolint:contextcheck // messages end with the connection
	case !op.feed.begin(events): //nolint:contextcheck // the subscription has the context of the connection
		// The client has completed it meanwhile.
		events.Close()
		s.holder.Close(op.feed.weight)
	}
}

// currentCaller returns the caller as of now: the token may have ended, or the account may have changed.
func (s *socket) currentCaller(ctx context.Context) (viewer.Viewer, *closing) {
	if s.guard == nil {
		return s.caller, nil
	}
	caller, end, err := s.guard.now(ctx)
	switch {
	case end != nil:
		return caller, &closing{end.code, limitReason(end.err.Message)}
	case err != nil:
		return s.caller, nil // the database is away: the operation has its error
	}
	return caller, nil
}

// begin begins a subscription.
func (s *socket) begin(ctx context.Context, f *feed, op *graph.Operation, request operationRequest) (eventStream, error) {
	f.trusted, f.weight = request.document.trusted != nil, request.weight()
	if err := s.holder.Open(f.weight); err != nil {
		return nil, err
	}
	begun := false
	defer func() { // also after a panic
		if !begun {
			s.holder.Close(f.weight)
		}
	}()
	events, err := s.api.subscribe(ctx, op, request.after, f.wake)
	begun = err == nil
	return events, err
}

// withPosition adds the position of an answer to its extensions, because it has no headers.
func withPosition(response *graphql.Response, position string) *graphql.Response {
	if position != "" {
		if response.Extensions == nil {
			response.Extensions = map[string]any{}
		}
		response.Extensions["position"] = position
	}
	return response
}

// result sends the only result of an operation, and ends it.
func (s *socket) result(op *socketOperation, response *graphql.Response) {
	body := bodies.Get().(*bytes.Buffer)
	defer release(body)
	encode(body, response)
	if s.send(messageNext, op.feed.id, bytes.TrimSpace(body.Bytes()), op) == nil {
		s.last(op, observe.EndedByClient, messageComplete, nil)
	}
}

// last sends the last message of an operation. Its id is free before the client knows that.
func (s *socket) last(op *socketOperation, why observe.SubscriptionEnd, kind string, payload []byte) {
	if s.forget(op) && s.end(op, why) {
		_ = s.send(kind, op.feed.id, payload, nil) // an error ends the connection
	}
}

// began notes that an operation has ended, or that a subscription has begun.
func (s *socket) began(op *socketOperation) {
	s.cancelOperation(op)
	s.raw.bounded.giveBack(op.memory)
	s.mu.Lock()
	s.running--
	stop := s.stopping && s.running == 0
	s.mu.Unlock()
	if stop {
		s.stop()
	}
}

// cancelOperation ends the context of an operation, and forgets it: a subscription lasts longer.
func (s *socket) cancelOperation(op *socketOperation) {
	s.mu.Lock()
	cancel := op.cancel
	op.cancel = nil
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// complete ends an operation for the client. An unknown id is that of an operation whose end the client did not know
// yet.
func (s *socket) complete(id string) {
	s.mu.Lock()
	op := s.operations[id]
	s.mu.Unlock()
	if op != nil && s.forget(op) {
		s.end(op, observe.EndedByClient)
	}
}

// forget removes an operation, and reports whether it was there.
func (s *socket) forget(op *socketOperation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[op.feed.id] != op {
		return false
	}
	delete(s.operations, op.feed.id)
	s.lastUse = time.Now()
	if len(s.operations) == 0 {
		s.operations = nil
		s.raw.setIdle(true)
	}
	return true
}

// end ends an operation that was removed, and reports whether this call did.
func (s *socket) end(op *socketOperation, why observe.SubscriptionEnd) bool {
	s.cancelOperation(op)
	ended, begun := op.feed.end(why)
	if begun {
		s.holder.Close(op.feed.weight)
		s.mu.Lock()
		s.sent += op.feed.count()
		s.mu.Unlock()
	}
	return ended
}

// event sends an event of a subscription.
func (s *socket) event(f *feed, payload *graph.Payload) error {
	s.mu.Lock()
	op := s.operations[f.id]
	s.mu.Unlock()
	if op == nil || op.feed != f {
		return errClosed
	}
	body := bytes.TrimSpace(payload.Body)
	if err := s.send(messageNext, f.id, body, op); err != nil {
		return err
	}
	observe.From(s.ctx).SubscriptionSent(s.ctx, observe.WebSocket, len(body))
	return nil
}

// fail ends a subscription because of an error.
func (s *socket) fail(f *feed, err error) {
	s.mu.Lock()
	op := s.operations[f.id]
	s.mu.Unlock()
	if op != nil && op.feed == f {
		s.last(op, endOf(err), messageError, s.errorList(err))
	}
}

// errorList returns the payload of a message about an error.
func (s *socket) errorList(err error) []byte {
	return listOf(s.api.server.Refuse(s.ctx, nil, refusalOf(err).errors()).Errors)
}

// listOf returns a list of errors in JSON.
func listOf(errs gqlerror.List) []byte {
	var body bytes.Buffer
	encodeJSON(&body, errs)
	return body.Bytes()
}
