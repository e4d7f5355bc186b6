package httpserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

const apolloAccept = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9"

func TestEventStream(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	for name, open := range map[string]func(t *testing.T) bodyClient{
		"POST": func(t *testing.T) bodyClient { return s.openBody(t, "text/event-stream", askFollowers) },
		"GET": func(t *testing.T) bodyClient {
			return s.do(t, http.MethodGet, eventSourceTarget(askFollowers), "", "Accept", "text/event-stream")
		},
		"urql": func(t *testing.T) bodyClient {
			return s.openBody(t, "text/event-stream, multipart/mixed", askFollowers)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			require.Equal(t, http.StatusOK, c.StatusCode)
			require.Equal(t, "text/event-stream; charset=utf-8", c.Header.Get("Content-Type"))
			require.Equal(t, "no-store", c.Header.Get("Cache-Control"))
			require.Equal(t, "no", c.Header.Get("X-Accel-Buffering"))
			require.NotEmpty(t, c.Header.Get("X-Request-Id"))
			require.Empty(t, c.Header.Get("Content-Encoding"))
			events := s.next(t)
			require.Empty(t, events.after)
			for i := range 3 {
				position := fmt.Sprintf("7.1.%016d", i)
				events.send(fmt.Sprintf(`{"n":%d}`, i), position)
				event := c.event(t)
				if i == 0 {
					require.Equal(t, "1.1.0000000000000001", event["id only"], "where the subscription begins")
					delete(event, "id only")
				}
				require.Equal(t, map[string]string{
					"event": "next", "id": position, "data": fmt.Sprintf(`{"data":{"n":%d},"extensions":{"position":"%s"}}`, i, position),
				}, event)
			}
			s.awaitOpen(t, 1, 1)
			require.NoError(t, c.Body.Close())
			events.requireClosed(t)
			s.awaitOpen(t, 0, 0)
		})
	}
}

func TestEventStreamPositions(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	body := `{"query":` + fmt.Sprintf("%q", askFollowers) + `,"extensions":{"position":"7.1.0000000000000002"}}`
	post := []string{"Accept", "text/event-stream", "Content-Type", "application/json"}
	for want, headers := range map[string][]string{
		"7.1.0000000000000001": {"Last-Event-ID", "7.1.0000000000000001", "Followgraph-Position", "7.1.0000000000000003"},
		"7.1.0000000000000002": {"Followgraph-Position", "7.1.0000000000000003"},
	} {
		c := s.do(t, http.MethodPost, "/graphql", body, append(headers, post...)...)
		require.Equal(t, http.StatusOK, c.StatusCode)
		require.Equal(t, want, s.next(t).after)
	}
	s.openBody(t, apolloAccept, askFollowers, "Followgraph-Position", "7.1.0000000000000003")
	require.Equal(t, "7.1.0000000000000003", s.next(t).after)
}

func TestEventStreamEndsWithError(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openBody(t, "text/event-stream", askFollowers)
	events := s.next(t)
	events.fail(apperr.New(apperr.PositionExpired, "the changes are not known any more"))
	event := c.event(t)
	require.Equal(t, "next", event["event"])
	require.NotContains(t, event, "id", "the position must not be used again")
	require.JSONEq(t, `{"errors":[{"message":"the changes are not known any more","extensions":{"code":"POSITION_EXPIRED"}}]}`, event["data"])
	require.Equal(t, map[string]string{"event": "complete", "data": ""}, c.event(t))
	c.requireEnd(t)
	events.requireClosed(t)
}

// TestEventStreamRefusals: errors of the operation are results, and errors of the request have statuses of HTTP
// (graphql-sse, PROTOCOL.md, Distinct connections mode).
func TestEventStreamRefusals(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	for query, code := range map[string]apperr.Code{
		"{":           apperr.ParseFailed,
		"{ nothing }": apperr.ValidationFailed,
		`subscription { followersChanged(userId: 7.5) { changes { kind } } }`: apperr.ValidationFailed,
	} {
		c := s.openBody(t, "text/event-stream", query)
		require.Equal(t, http.StatusOK, c.StatusCode, query)
		require.Equal(t, "text/event-stream; charset=utf-8", c.Header.Get("Content-Type"))
		event := c.event(t)
		require.Equal(t, "next", event["event"])
		require.Contains(t, event["data"], `{"errors":[`)
		require.Contains(t, event["data"], string(code))
		require.Equal(t, "complete", c.event(t)["event"])
		c.requireEnd(t)
	}
	for name, test := range map[string]struct {
		method, target, body string
		headers              []string
		status               int
	}{
		"not JSON":       {http.MethodPost, "/graphql", `{`, nil, 400},
		"batch":          {http.MethodPost, "/graphql", `[{"query":"{ __typename }"}]`, nil, 400},
		"no document":    {http.MethodPost, "/graphql", `{}`, nil, 422},
		"another type":   {http.MethodPost, "/graphql", `{"query":"{ __typename }"}`, []string{"Content-Type", "text/plain"}, 415},
		"PUT":            {http.MethodPut, "/graphql", ``, nil, 405},
		"invalid token":  {http.MethodPost, "/graphql", `{"query":"{ __typename }"}`, []string{"Authorization", "Bearer wrong"}, 401},
		"mutation, GET":  {http.MethodGet, eventSourceTarget("mutation { __typename }"), "", nil, 405},
		"HEAD":           {http.MethodHead, eventSourceTarget(askFollowers), "", nil, 405},
		"position":       {http.MethodPost, "/graphql", `{"query":"{ __typename }","extensions":{"position":1}}`, nil, 422},
		"nothing at all": {http.MethodGet, "/graphql", "", nil, 422},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.do(t, test.method, test.target, test.body, append([]string{"Accept", "text/event-stream", "Content-Type", "application/json"}, test.headers...)...)
			require.Equal(t, test.status, c.StatusCode)
			require.Equal(t, "application/graphql-response+json; charset=utf-8", c.Header.Get("Content-Type"))
		})
	}
	c := s.openBody(t, "application/json, */*", askFollowers)
	require.Equal(t, http.StatusNotAcceptable, c.StatusCode)
	text, err := io.ReadAll(c.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "text/event-stream")
}

func TestEventStreamOfSingleResults(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openBody(t, "text/event-stream", askUser)
	event := c.event(t)
	require.JSONEq(t, `{"data":{"user":{"username":"ada"}}}`, event["data"])
	require.Equal(t, map[string]string{"event": "complete", "data": ""}, c.event(t))
	c.requireEnd(t)
	both := s.openBody(t, "text/event-stream, application/json", askUser)
	require.Equal(t, "application/json; charset=utf-8", both.Header.Get("Content-Type"))
	parts := s.openBody(t, "multipart/mixed;subscriptionSpec=1.0", askUser)
	parts.skipDelimiter(t)
	parts.part(t)
	text, last := parts.part(t)
	require.JSONEq(t, `{"payload":{"data":{"user":{"username":"ada"}}}}`, text)
	require.True(t, last)
}

// skipDelimiter reads the first delimiter of a multipart body.
func (c bodyClient) skipDelimiter(t *testing.T) {
	t.Helper()
	delimiter := make([]byte, len("\r\n--graphql"))
	_, err := io.ReadFull(c.lines, delimiter)
	require.NoError(t, err)
	require.Equal(t, "\r\n--graphql", string(delimiter))
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) { o.Streams = NewStreams(StreamOptions{KeepAlive: 300 * time.Millisecond}) })
	c := s.openBody(t, apolloAccept, askFollowers)
	require.Equal(t, http.StatusOK, c.StatusCode)
	require.Equal(t, `multipart/mixed; boundary="graphql"; subscriptionSpec=1.0`, c.Header.Get("Content-Type"))
	events := s.next(t)
	c.skipDelimiter(t)
	heartbeats := 0
	next := func() (text string, last bool) {
		for text == "" || text == "{}" {
			if text, last = c.part(t); text == "{}" {
				heartbeats++
			}
		}
		return text, last
	}
	for i := range 3 {
		events.send(fmt.Sprintf(`{"n":%d}`, i), "7.1.0000000000000001")
		text, last := next()
		require.JSONEq(t, fmt.Sprintf(`{"payload":{"data":{"n":%d},"extensions":{"position":"7.1.0000000000000001"}}}`, i), text)
		require.False(t, last)
	}
	before := heartbeats
	for heartbeats < before+2 { // each of them arrives by itself
		text, _ := c.part(t)
		require.Equal(t, "{}", text)
		heartbeats++
	}
	events.fail(apperr.New(apperr.PositionExpired, "the changes are not known any more"))
	text, last := next()
	require.JSONEq(t, `{"payload":null,"errors":[{"message":"the changes are not known any more","extensions":{"code":"POSITION_EXPIRED"}}]}`, text)
	require.True(t, last)
	rest, err := io.ReadAll(c.lines)
	require.NoError(t, err)
	require.Equal(t, "--\r\n", string(rest))
	events.requireClosed(t)
}

// TestMultipartRefusals: a subscription that does not begin is answered like a query.
func TestMultipartRefusals(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openBody(t, apolloAccept, "{")
	require.Equal(t, http.StatusBadRequest, c.StatusCode)
	require.Equal(t, "application/graphql-response+json; charset=utf-8", c.Header.Get("Content-Type"))
	s.mu.Lock()
	s.refuse = func() error { return apperr.New(apperr.NotFound, "the user does not exist") }
	s.mu.Unlock()
	c = s.openBody(t, apolloAccept, askFollowers)
	text, err := io.ReadAll(c.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "NOT_FOUND")
	s.awaitOpen(t, 0, 0)
}

func TestBodyEndsWithItsToken(t *testing.T) {
	t.Parallel()
	revoked := func() (viewer.Viewer, error) {
		return viewer.Viewer{}, apperr.New(apperr.Unauthenticated, "ended")
	}
	for name, test := range map[string]struct {
		become func() (viewer.Viewer, error) // nil: the token expires
		code   apperr.Code
	}{
		"revoked":         {revoked, apperr.Unauthenticated},
		"deleted account": {func() (viewer.Viewer, error) { return viewer.Viewer{CognitoID: "c-x"}, nil }, apperr.Unauthenticated},
		"lost role":       {func() (viewer.Viewer, error) { return viewer.Viewer{CognitoID: "c-x", Registered: true}, nil }, apperr.Forbidden},
		"expired":         {nil, apperr.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreamServer(t, func(o *Options) {
				o.Authenticate = alwaysOperator
			})
			expires := time.Time{}
			if test.become == nil {
				expires = time.Now().Add(300 * time.Millisecond)
			}
			session := newEndableSession(s, "x", expires)
			sse := s.openBody(t, "text/event-stream", askFollowers, "Authorization", "Bearer x")
			first := s.next(t)
			parts := s.openBody(t, apolloAccept, askFollowers, "Authorization", "Bearer x")
			second := s.next(t)
			if test.become != nil {
				session.become([]string{"c-x"}, test.become)
			}
			require.Contains(t, sse.event(t)["data"], `"code":"`+string(test.code)+`"`)
			require.Equal(t, "complete", sse.event(t)["event"])
			sse.requireEnd(t)
			text, err := io.ReadAll(parts.lines)
			require.NoError(t, err)
			require.Contains(t, string(text), `{"payload":null,"errors":[`)
			require.Contains(t, string(text), `"code":"`+string(test.code)+`"`)
			require.True(t, strings.HasSuffix(string(text), "\r\n--graphql--\r\n"), "%s", text)
			first.requireClosed(t)
			second.requireClosed(t)
		})
	}
}

// TestBodyForHTTP10: such a client knows no chunks; the end of the connection ends the body.
func TestBodyForHTTP10(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := (&stopping{address: s.address}).dial(t)
	body := `{"query":` + fmt.Sprintf("%q", askFollowers) + `}`
	c.send(t, fmt.Sprintf("POST /graphql HTTP/1.0\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	response, err := http.ReadResponse(c.in, nil)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Empty(t, response.TransferEncoding)
	events := s.next(t)
	events.send(`{"n":1}`, "7")
	events.fail(apperr.New(apperr.PositionExpired, "expired"))
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "id: 1.1.0000000000000001\n:\n\nevent: next\nid: 7\ndata: {"), "%s", text)
	require.True(t, strings.HasSuffix(string(text), "event: complete\ndata:\n\n"), "%s", text)
}

// alwaysOperator accepts every token.
func alwaysOperator(_ context.Context, token string) (viewer.Viewer, error) {
	return viewer.Viewer{CognitoID: "c-" + token, Registered: true, Operator: true}, nil
}
