package httpserver

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// streamFormat is how a response with many results is written. The functions append to the body.
type streamFormat interface {
	transport() observe.Transport
	contentType() string
	// begin writes what comes before the first result. position is where the subscription begins.
	begin(body *bytes.Buffer, position string)
	// next writes a result. payload is a whole response in JSON without line breaks; position is empty if it has none.
	next(body *bytes.Buffer, payload []byte, position string)
	// keepAlive writes something that is no result. position is that of the subscription.
	keepAlive(body *bytes.Buffer, position string)
	// fail writes the response that ends the stream because of an error.
	fail(body *bytes.Buffer, response []byte)
	// complete ends the stream after its last result.
	complete(body *bytes.Buffer)
	// restart ends the stream because the server stops. The client comes again after a time.
	restart(body *bytes.Buffer, after time.Duration, response []byte)
}

// httpStream is one subscription as the body of a response: an event stream, or Apollo's multipart. Its request's
// goroutine ends when it begins. It then has one goroutine that waits for the client to leave.
type httpStream struct {
	api     *graphQL
	format  streamFormat
	ctx     context.Context
	cancel  context.CancelFunc
	address netip.Addr
	caller  viewer.Viewer
	out     *outlet
	feed    *feed
	events  eventStream // of feed, which gets them in serve
	holder  *limit.StreamHolder
	guard   *guard // nil without a token
	started time.Time

	// conn is nil until serve. mu guards it and what is written.
	mu      sync.Mutex
	conn    *streamConn
	chunked bool
	timer   *time.Timer
	closed  bool
	ending  *streamEnd // set before serve, if the stream has to end at once
}

// streamEnd is why and how a stream ends.
type streamEnd struct {
	why   observe.SubscriptionEnd
	write func(body *bytes.Buffer)
}

// newHTTPStream begins the subscription of a request. The error is for the client. Without an error, serve or drop must
// be called.
func (h *graphQL) newHTTPStream(
	ctx context.Context, r *http.Request, format streamFormat, op *graph.Operation, request operationRequest,
) (*httpStream, error) {
	s := &httpStream{
		api: h, format: format, address: request.caller.Address, caller: request.caller,
		holder: h.streams.holder(request.caller.Address, request.caller), started: time.Now(),
	}
	if err := s.holder.Open(request.weight()); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = newContext(ctx)
	s.ctx = viewer.With(s.ctx, request.caller)
	s.out = &outlet{ctx: s.ctx, timeout: h.timeout, log: h.log, to: s}
	s.feed = &feed{
		out: s.out, transport: format.transport(), trusted: request.document.trusted != nil, weight: request.weight(),
	}
	defer func() { // also after a panic
		if s.events == nil {
			s.release()
		}
	}()
	return s, s.begin(ctx, r, op, request)
}

// begin watches over the token, and subscribes.
func (s *httpStream) begin(ctx context.Context, r *http.Request, op *graph.Operation, request operationRequest) error {
	if request.caller.SignedIn() {
		token, _ := bearer(r.Header.Values("Authorization")) // it was accepted
		session, err := s.api.identify(ctx, token)
		if err != nil {
			return err
		}
		s.guard = s.api.streams.guard(session, request.caller, s.endToken)
		s.out.guard = s.guard // before there can be events
		if _, end, err := s.guard.now(ctx); end != nil {
			return end.err
		} else if err != nil {
			return err
		}
	}
	events, err := s.api.subscribe(ctx, op, request.after, s.feed.wake)
	if err != nil {
		return err
	}
	s.events = events
	return nil
}

// release gives back what newHTTPStream has taken.
func (s *httpStream) release() {
	s.cancel()
	s.guard.stop()
	s.holder.Close(s.holder.Held())
}

// drop ends a stream that is not served.
func (s *httpStream) drop() {
	s.events.Close()
	s.release()
}

// serve answers the request with the stream, and returns when the stream has begun.
func (s *httpStream) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", s.format.contentType())
	header["Vary"] = append(header["Vary"], vary)
	header["X-Content-Type-Options"] = noSniff
	header.Set("Cache-Control", keepNot)
	header.Set("X-Accel-Buffering", "no") // nginx would collect events
	header.Set("Connection", "close")
	w.WriteHeader(http.StatusOK)
	conn, _, err := takeOver(w, s.api.writeTimeout)
	if err != nil {
		s.drop() // the client has left
		return
	}
	s.mu.Lock()
	s.conn, s.chunked = conn, r.ProtoAtLeast(1, 1)
	s.timer = time.AfterFunc(s.api.streams.options.KeepAlive, s.keepAlive)
	ending := s.ending // nothing sets it after conn was set
	s.mu.Unlock()
	stopping := s.api.streams.add(s)
	position := s.events.Position()
	err = s.write(func(body *bytes.Buffer) { s.format.begin(body, position) })
	go s.watch()
	if !s.feed.begin(s.events) { //nolint:contextcheck // the stream has its own context
		s.events.Close()
	}
	switch {
	case err != nil:
		s.close(observe.EndedByClient, nil)
	case stopping != nil:
		s.stop()
	case ending != nil:
		s.close(ending.why, ending.write)
	}
}

// watch waits for the client to leave.
func (s *httpStream) watch() {
	input := make([]byte, 1)
	for {
		// A client may not send anything more. One byte too many is not read, so that TCP stops the client.
		if n, err := s.conn.Read(input); err != nil {
			s.close(endOfConnection(err), nil)
			return
		} else if n > 0 {
			return // a keep-alive notices when the client has left
		}
	}
}

// write writes a part of the body.
func (s *httpStream) write(part func(*bytes.Buffer)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	return s.send(part, false)
}

// send writes a part of the body, and its end if it is the last one. The caller holds s.mu.
func (s *httpStream) send(part func(*bytes.Buffer), last bool) error {
	body := bodies.Get().(*bytes.Buffer)
	defer release(body)
	if !s.chunked {
		part(body)
	} else {
		chunk(body, part, last)
	}
	_, err := s.conn.Write(body.Bytes())
	return err
}

// chunk writes a part of a body as a chunk (RFC 9112, 7.1).
func chunk(body *bytes.Buffer, part func(*bytes.Buffer), last bool) {
	const digits = 8
	body.WriteString("00000000\r\n")
	part(body)
	size := body.Len() - digits - len("\r\n")
	if size == 0 {
		body.Reset() // an empty chunk would end the body
	} else {
		for at, rest := digits-1, size; rest > 0; at, rest = at-1, rest>>4 {
			body.Bytes()[at] = "0123456789abcdef"[rest&15]
		}
		body.WriteString("\r\n")
	}
	if last {
		body.WriteString("0\r\n\r\n")
	}
}

// event sends an event.
func (s *httpStream) event(_ *feed, payload *graph.Payload) error {
	sent := 0
	err := s.write(func(body *bytes.Buffer) {
		before := body.Len()
		s.format.next(body, bytes.TrimSpace(payload.Body), payload.Position)
		sent = body.Len() - before
	})
	if err != nil {
		s.close(endOfConnection(err), nil)
		return err
	}
	observe.From(s.ctx).SubscriptionSent(s.ctx, s.format.transport(), sent)
	return nil
}

var errClosed = errors.New("the stream is closed")

// fail ends the stream because of an error.
func (s *httpStream) fail(_ *feed, err error) {
	s.close(endOf(err), func(body *bytes.Buffer) { s.format.fail(body, s.api.errorResponse(s.ctx, err)) })
}

// endToken ends the stream with its token.
func (s *httpStream) endToken(end tokenEnd) {
	ending := &streamEnd{observe.EndedByToken, func(body *bytes.Buffer) { s.format.fail(body, s.api.errorResponse(s.ctx, end.err)) }}
	s.mu.Lock()
	if s.conn == nil {
		s.ending = ending // serve ends it
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	go s.close(ending.why, ending.write)
}

// stop tells the client to come again.
func (s *httpStream) stop() {
	after := returnAfter()
	err := apperr.New(apperr.Unavailable, "%s", errStopping.Message)
	err.RetryAfter = after
	go s.close(observe.EndedByStop, func(body *bytes.Buffer) { s.format.restart(body, after, s.api.errorResponse(s.ctx, err)) })
}

// abort closes the connection, even if a write waits for the client.
func (s *httpStream) abort() {
	_ = s.conn.Close()
	go s.close(observe.EndedByStop, nil)
}

// keepAlive sends something, so that proxies keep the connection open, and so that a client that has vanished is
// noticed.
func (s *httpStream) keepAlive() {
	if err := s.write(func(body *bytes.Buffer) { s.format.keepAlive(body, s.feed.position()) }); err != nil {
		s.close(endOfConnection(err), nil)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.timer.Reset(s.api.streams.options.KeepAlive)
	}
}

// close ends the stream once. last writes the end of the body; nil: the body is cut off.
func (s *httpStream) close(why observe.SubscriptionEnd, last func(*bytes.Buffer)) {
	if ended, _ := s.feed.end(why); !ended {
		return
	}
	s.cancel()
	s.mu.Lock()
	s.closed = true
	s.timer.Stop()
	if last != nil {
		_ = s.send(last, true) // an error means that the client has left
	}
	_ = s.conn.Close()
	s.mu.Unlock()
	s.release()
	s.api.streams.remove(s)
	s.api.logStream(s.ctx, streamLine{
		transport: s.format.transport(), end: why, events: s.feed.count(), took: time.Since(s.started), address: s.address, caller: s.caller.CognitoID,
	})
}

var errNotStreamed = badRequest(http.StatusNotAcceptable,
	"a subscription needs a WebSocket, or an Accept header with %s or %s;subscriptionSpec=1.0", eventStreamType, multipartType)

// stream begins a subscription as the body of a response. The error is a refusal, or has a code of apperr.
func (h *graphQL) stream(
	ctx context.Context, r *http.Request, accepts accepted, op *graph.Operation, request operationRequest,
) (*httpStream, error) {
	if accepts.stream == nil {
		return nil, errNotStreamed
	}
	stream, err := h.newHTTPStream(ctx, r, accepts.stream, op, request)
	if err != nil {
		return nil, err
	}
	return stream, nil
}

// writeOnly sends a single result to a client that accepts only streams.
func writeOnly(w http.ResponseWriter, a httpAnswer) {
	result := bodies.Get().(*bytes.Buffer)
	defer release(result)
	encode(result, a.Response)
	body := bodies.Get().(*bytes.Buffer)
	defer release(body)
	a.format.begin(body, "")
	a.format.next(body, bytes.TrimSpace(result.Bytes()), w.Header().Get(positionHeader))
	a.format.complete(body)
	header := w.Header()
	header.Set("Content-Type", a.format.contentType())
	header["Vary"] = append(header["Vary"], vary)
	header["X-Content-Type-Options"] = noSniff
	header.Set("Cache-Control", keepNot)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body.Bytes()) // an error means that the client has left
}
