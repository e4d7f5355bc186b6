package httpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

func TestSocketSubscription(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	c.send(t, subscribeMessage("a", map[string]any{"query": askFollowers, "extensions": map[string]any{"position": "7.1.0000000000000002"}}))
	events := s.next(t)
	require.Equal(t, "7.1.0000000000000002", events.after)
	require.True(t, events.caller.Address.IsLoopback())
	for i := range 3 {
		position := fmt.Sprintf("7.1.%016d", i)
		events.send(fmt.Sprintf(`{"n":%d}`, i), position)
		require.JSONEq(t, fmt.Sprintf(`{"id":"a","type":"next","payload":{"data":{"n":%d},"extensions":{"position":"%s"}}}`, i, position), c.receive(t))
	}
	s.awaitOpen(t, 1, 1)
	c.send(t, `{"id":"a","type":"complete"}`)
	events.requireClosed(t)
	events.send(`{"n":4}`, "7.1.0000000000000009")
	c.send(t, `{"type":"ping"}`)
	require.JSONEq(t, `{"type":"pong"}`, c.receive(t), "nothing is sent after complete")
	s.awaitOpen(t, 1, 0)
	c.subscribe(t, "a", askFollowers) // the id is free again
	s.next(t)
	require.NoError(t, c.Close(websocket.StatusNormalClosure, ""))
	s.awaitOpen(t, 0, 0)
}

func TestSocketEventsOfSeveralSubscriptions(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	var all []*scriptedEvents
	for i := range 10 {
		c.subscribe(t, numbered("s", i), askFollowers)
		all = append(all, s.next(t))
	}
	for i := range 20 {
		for _, events := range all {
			events.send(fmt.Sprintf(`{"n":%d}`, i), "1")
		}
	}
	seen := map[string]int{}
	for range 200 {
		var message struct {
			ID      string
			Payload struct{ Data struct{ N int } }
		}
		require.NoError(t, json.Unmarshal([]byte(c.receive(t)), &message))
		require.Equal(t, seen[message.ID], message.Payload.Data.N, "each subscription has its events in order")
		seen[message.ID]++
	}
	require.Len(t, seen, 10)
}

func TestSocketSubscriptionEndsWithError(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	c.subscribe(t, "a", askFollowers)
	events := s.next(t)
	events.fail(apperr.New(apperr.PositionExpired, "the changes are not known any more"))
	c.requireError(t, "a", apperr.PositionExpired)
	events.requireClosed(t)

	s.mu.Lock()
	s.refuse = func() error { return apperr.New(apperr.SubscriptionsNotSupported, "set --graph") }
	s.mu.Unlock()
	c.subscribe(t, "a", askFollowers)
	c.requireError(t, "a", apperr.SubscriptionsNotSupported)
	s.awaitOpen(t, 1, 0)
}

func TestSocketQueriesAndMutations(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	c.subscribe(t, "q", `{ user(username: "ada") { username } }`)
	require.JSONEq(t, `{"id":"q","type":"next","payload":{"data":{"user":{"username":"ada"}}}}`, c.receive(t))
	require.JSONEq(t, `{"id":"q","type":"complete"}`, c.receive(t))
	c.subscribe(t, "q", `mutation { __typename }`)
	require.JSONEq(t, `{"id":"q","type":"next","payload":{"data":{"__typename":"Mutation"}}}`, c.receive(t))
	require.JSONEq(t, `{"id":"q","type":"complete"}`, c.receive(t))
	c.send(t, subscribeMessage("v", map[string]any{
		"query": `query A($name: String!) { user(username: $name) { username } } query B { __typename }`, "operationName": "A",
		"variables": map[string]any{"name": "ada"},
	}))
	require.JSONEq(t, `{"id":"v","type":"next","payload":{"data":{"user":{"username":"ada"}}}}`, c.receive(t))
	c.receive(t)
	for id, test := range map[string]struct {
		payload map[string]any
		code    apperr.Code
	}{
		"syntax":     {map[string]any{"query": "{"}, apperr.ParseFailed},
		"validation": {map[string]any{"query": "{ nothing }"}, apperr.ValidationFailed},
		"position":   {map[string]any{"query": "{ __typename }", "extensions": map[string]any{"position": 7}}, apperr.BadRequest},
		"document":   {map[string]any{"documentId": "unknown"}, apperr.PersistedQueryNotFound},
		"variables":  {map[string]any{"query": "query($a: Int!) { __typename @include(if: true) user(username: \"ada\") { followers(first: $a) { totalCount } } }"}, apperr.ValidationFailed},
	} {
		c.send(t, subscribeMessage(id, test.payload))
		c.requireError(t, id, test.code)
	}
}

func TestSocketPersistedDocuments(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) {
		trust(t, map[string]string{"ada": `{ user(username: "ada") { username } }`, "live": askFollowers})(o)
		o.Persisted.TrustedOnly = true
	})
	c := s.openSocket(t)
	c.subscribe(t, "a", askUser+" ")
	c.requireError(t, "a", apperr.Forbidden)
	c.send(t, subscribeMessage("b", map[string]any{"documentId": "ada"}))
	require.Contains(t, c.receive(t), `"username":"ada"`)
	c.receive(t)
	c.send(t, subscribeMessage("c", map[string]any{"id": "live"}))
	s.next(t).send(`{"n":1}`, "1")
	require.Contains(t, c.receive(t), `"n":1`)
	c.subscribe(t, "d", askFollowers) // the text of a trusted document
	s.next(t)

	operator := s.openSocket(t, "Authorization", "Bearer "+operatorToken)
	operator.subscribe(t, "a", askUser+" ")
	require.Contains(t, operator.receive(t), `"username":"ada"`)
}

func TestSocketAutomaticPersistedQueries(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	const hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38" // of { __typename }
	extension := map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
	c.send(t, subscribeMessage("a", map[string]any{"extensions": extension}))
	c.requireError(t, "a", apperr.PersistedQueryNotFound)
	for _, payload := range []map[string]any{{"extensions": extension, "query": "{__typename}"}, {"extensions": extension}} {
		c.send(t, subscribeMessage("a", payload))
		require.Contains(t, c.receive(t), `"__typename":"Query"`)
		c.receive(t)
	}
}

// TestSocketPings: both sides may send pings, of the protocol and of WebSocket.
func TestSocketPings(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) {
		o.Streams = NewStreams(StreamOptions{KeepAlive: 20 * time.Millisecond})
	})
	pings := make(chan struct{}, 1000)
	conn, _, err := websocket.Dial(t.Context(), "ws://"+s.address+"/graphql", &websocket.DialOptions{ //nolint:bodyclose // it has none
		Subprotocols:   []string{subprotocol},
		OnPingReceived: func(context.Context, []byte) bool { pings <- struct{}{}; return true },
	})
	require.NoError(t, err)
	c := socketClient{conn}
	defer func() { _ = conn.CloseNow() }()
	c.send(t, `{"type":"ping"}`) // also before connection_init
	require.JSONEq(t, `{"type":"pong"}`, c.receive(t))
	c.send(t, `{"type":"pong","payload":{"a":1}}`) // without a ping
	c.send(t, `{"type":"connection_init","payload":{}}`)
	require.JSONEq(t, `{"type":"connection_ack"}`, c.receive(t))
	c.send(t, `{"type":"ping","payload":{"a":[1,"x"]}}`)
	require.JSONEq(t, `{"type":"pong","payload":{"a":[1,"x"]}}`, c.receive(t))
	reading := c.CloseRead(t.Context())
	require.NoError(t, c.Ping(t.Context()))
	for range 3 {
		select {
		case <-pings:
		case <-time.After(anyWait):
			require.Fail(t, "the server sends no ping")
		}
	}
	require.NoError(t, reading.Err())
}

// TestSocketProtocol has the rules of graphql-ws, PROTOCOL.md, that end with the server closing the connection.
func TestSocketProtocol(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) {
		o.Streams = NewStreams(StreamOptions{InitTimeout: 50 * time.Millisecond})
	})
	patient := newStreamServer(t, nil)
	const initialize = `{"type":"connection_init"}`
	for name, test := range map[string]struct {
		send   []string
		code   closeCode
		reason string
	}{
		"no connection_init":          {nil, 4408, "Connection initialisation timeout"},
		"only a ping":                 {[]string{`{"type":"ping"}`}, 4408, "Connection initialisation timeout"},
		"two connection_init":         {[]string{initialize, initialize}, 4429, "Too many initialisation requests"},
		"subscribe before init":       {[]string{subscribeMessage("a", map[string]any{"query": askUser})}, 4401, "Unauthorized"},
		"not JSON":                    {[]string{`{"type":`}, 4400, "Invalid message"},
		"empty":                       {[]string{``}, 4400, "Invalid message"},
		"two values":                  {[]string{initialize + initialize}, 4400, "Invalid message"},
		"array":                       {[]string{`[` + initialize + `]`}, 4400, "object"},
		"null":                        {[]string{`null`}, 4400, "object"},
		"no type":                     {[]string{`{}`}, 4400, "type"},
		"null type":                   {[]string{`{"type":null}`}, 4400, "type"},
		"number as type":              {[]string{`{"type":1}`}, 4400, "type"},
		"unknown type":                {[]string{`{"type":"start"}`}, 4400, "unknown"},
		"type twice":                  {[]string{`{"type":"ping","type":"pong"}`}, 4400, "twice"},
		"message of the server":       {[]string{`{"type":"connection_ack"}`}, 4400, "only the server"},
		"next of a client":            {[]string{initialize, `{"id":"a","type":"next","payload":{}}`}, 4400, "only the server"},
		"error of a client":           {[]string{initialize, `{"id":"a","type":"error","payload":{}}`}, 4400, "only the server"},
		"payload of another type":     {[]string{`{"type":"connection_init","payload":"Bearer"}`}, 4400, "payload"},
		"array as payload":            {[]string{`{"type":"ping","payload":[]}`}, 4400, "payload"},
		"subscribe without id":        {[]string{initialize, `{"type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400, "id"},
		"subscribe with an empty id":  {[]string{initialize, `{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400, "id"},
		"subscribe with a number":     {[]string{initialize, `{"id":1,"type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400, "id"},
		"subscribe with a long id":    {[]string{initialize, subscribeMessage(strings.Repeat("x", maxOperationID+1), map[string]any{"query": askUser})}, 4400, "id"},
		"subscribe without payload":   {[]string{initialize, `{"id":"a","type":"subscribe"}`}, 4400, "payload"},
		"subscribe without a query":   {[]string{initialize, `{"id":"a","type":"subscribe","payload":{}}`}, 4400, "document"},
		"query of another type":       {[]string{initialize, `{"id":"a","type":"subscribe","payload":{"query":1}}`}, 4400, "query"},
		"variables of another type":   {[]string{initialize, `{"id":"a","type":"subscribe","payload":{"query":"{ __typename }","variables":[]}}`}, 4400, "variables"},
		"operationName of another":    {[]string{initialize, `{"id":"a","type":"subscribe","payload":{"query":"{ __typename }","operationName":{}}}`}, 4400, "operationName"},
		"extensions of another type":  {[]string{initialize, `{"id":"a","type":"subscribe","payload":{"query":"{ __typename }","extensions":"x"}}`}, 4400, "extensions"},
		"complete without id":         {[]string{initialize, `{"type":"complete"}`}, 4400, "id"},
		"id in use":                   {[]string{initialize, subscribeMessage("ä", map[string]any{"query": askFollowers}), subscribeMessage("ä", map[string]any{"query": askUser})}, 4409, "Subscriber for ä already exists"},
		"long id in use":              {[]string{initialize, subscribeMessage(strings.Repeat("x", 200), map[string]any{"query": askFollowers}), subscribeMessage(strings.Repeat("x", 200), map[string]any{"query": askUser})}, 4409, "Subscriber for this id already exists"},
		"half a character":            {[]string{`{"type":"\ud83d"}`}, 4400, "surrogate"},
		"not UTF-8":                   {[]string{"{\"type\":\"\xff\"}"}, 1007, "UTF-8"},
		"too many values":             {[]string{`{"type":"ping","payload":{"a":[` + strings.Repeat("1,", maxValues) + `1]}}`}, 4400, "values"},
		"giant message":               {[]string{`{"type":"ping","payload":{"a":"` + strings.Repeat("x", maxBody) + `"}}`}, 1009, ""},
		"token that is wrong":         {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer wrong"}}`}, 4403, "Forbidden"},
		"scheme that is wrong":        {[]string{`{"type":"connection_init","payload":{"authorization":"Basic member"}}`}, 4403, "Forbidden"},
		"token of another type":       {[]string{`{"type":"connection_init","payload":{"token":7}}`}, 4403, "Forbidden"},
		"two tokens":                  {[]string{`{"type":"connection_init","payload":{"token":"member","authorization":"Bearer operator"}}`}, 4403, "Forbidden"},
		"keys that cannot be reached": {[]string{`{"type":"connection_init","payload":{"token":"late"}}`}, 1013, "Try again later"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := patient
			if test.code == 4408 {
				server = s
			}
			c := server.dialSocket(t)
			for _, message := range test.send {
				_ = c.Write(t.Context(), websocket.MessageText, []byte(message)) // the server may have closed it
			}
			c.requireClosed(t, test.code, test.reason)
		})
	}
}

func TestSocketBinaryMessages(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	c := s.openSocket(t)
	require.NoError(t, c.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)))
	c.requireClosed(t, 4400, "must be text")
}

func TestSocketSubprotocol(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	for name, offered := range map[string][]string{"none": nil, "legacy": {"graphql-ws"}} {
		conn, response, err := websocket.Dial(t.Context(), "ws://"+s.address+"/graphql", &websocket.DialOptions{Subprotocols: offered}) //nolint:bodyclose // it has none
		require.NoError(t, err, name)
		require.Empty(t, response.Header.Get("Sec-WebSocket-Protocol"), name)
		socketClient{conn}.requireClosed(t, 4406, "Subprotocol not acceptable")
	}
	conn, _, err := websocket.Dial(t.Context(), "ws://"+s.address+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-ws", subprotocol}}) //nolint:bodyclose // it has none
	require.NoError(t, err)
	require.Equal(t, subprotocol, conn.Subprotocol())
	require.NoError(t, conn.CloseNow())
}

func TestSocketHandshakes(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) { o.CORSOrigins = []string{"https://app.example"} })
	const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
	for name, test := range map[string]struct {
		head   string
		status int
	}{
		"no origin":            {"GET /graphql HTTP/1.1\r\nHost: api.example\r\n" + upgrade, 101},
		"own origin":           {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nOrigin: http://api.example\r\n" + upgrade, 101},
		"own origin, with TLS": {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nOrigin: https://API.example\r\n" + upgrade, 101},
		"allowed origin":       {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nOrigin: https://app.example\r\n" + upgrade, 101},
		"other scheme":         {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nOrigin: http://app.example\r\n" + upgrade, 403},
		"other origin":         {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nOrigin: https://evil.example\r\n" + upgrade, 403},
		"other port":           {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nOrigin: https://api.example:444\r\n" + upgrade, 403},
		"null origin":          {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nOrigin: null\r\n" + upgrade, 403},
		"POST":                 {"POST /graphql HTTP/1.1\r\nHost: api.example\r\nContent-Length: 0\r\n" + upgrade, 405},
		"HTTP/1.0":             {"GET /graphql HTTP/1.0\r\nHost: api.example\r\n" + upgrade, 426},
		"old version":          {"GET /graphql HTTP/1.1\r\nHost: api.example\r\n" + strings.Replace(upgrade, "13", "8", 1), 400},
		"no key":               {"GET /graphql HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", 400},
		"no Connection":        {"GET /graphql HTTP/1.1\r\nHost: api.example\r\n" + strings.Replace(upgrade, "Connection: Upgrade\r\n", "", 1), 426},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := (&stopping{address: s.address}).dial(t)
			c.send(t, test.head+"\r\n")
			response, err := http.ReadResponse(c.in, nil)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			require.Equal(t, test.status, response.StatusCode)
			if test.status == http.StatusSwitchingProtocols {
				require.NotEmpty(t, response.Header.Get("X-Request-Id"))
			}
		})
	}
}

func TestSocketIdleLimit(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, func(o *Options) {
		o.IdleTimeout = 100 * time.Millisecond
		o.Streams = NewStreams(StreamOptions{KeepAlive: 20 * time.Millisecond})
	})
	busy := s.openSocket(t)
	busy.subscribe(t, "a", askFollowers)
	events := s.next(t)
	idle := s.openSocket(t)
	idle.requireClosed(t, 1001, "Idle")
	events.send(`{"n":1}`, "1")
	require.Contains(t, busy.receive(t), `"n":1`, "a connection with a subscription is not idle")
}
