package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

const statsSubscription = `subscription ($ids: [ID!]!) { statsChanged(userIds: $ids) { users { id stats { followersCount } } } }`

// live is an open subscription on some transport.
type live struct {
	next func(t *testing.T) string // returns the payload of the next event, or why the subscription ended
}

// overSocket subscribes on a WebSocket.
func (s *server) overSocket(t *testing.T, token, query string, variables map[string]any, position string) live {
	t.Helper()
	address := strings.Replace(s.address, "http", "ws", 1) + "/graphql"
	conn, _, err := websocket.Dial(t.Context(), address, //nolint:bodyclose // it has none
		&websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	send := func(message map[string]any) {
		text, err := json.Marshal(message)
		require.NoError(t, err)
		require.NoError(t, conn.Write(t.Context(), websocket.MessageText, text))
	}
	read := func(t *testing.T) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	send(map[string]any{"type": "connection_init", "payload": map[string]any{"token": token}})
	require.JSONEq(t, `{"type":"connection_ack"}`, read(t))
	payload := map[string]any{"query": query, "variables": variables}
	if position != "" {
		payload["extensions"] = map[string]any{"position": position}
	}
	send(map[string]any{"id": "1", "type": "subscribe", "payload": payload})
	send(map[string]any{"id": "2", "type": "subscribe", "payload": map[string]any{"query": "{ __typename }"}})
	return live{func(t *testing.T) string {
		for {
			if text := read(t); !strings.Contains(text, `"id":"2"`) {
				return text
			}
		}
	}}
}

// overHTTP subscribes with a type of Accept.
func (s *server) overHTTP(t *testing.T, accept, token, query string, variables map[string]any, position string) live {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.address+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if position != "" {
		request.Header.Set("Last-Event-ID", position)
	}
	response, err := s.client.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewReader(response.Body)
	return live{func(t *testing.T) string {
		for {
			line, err := lines.ReadString('\n')
			if strings.HasPrefix(line, "data: ") || strings.HasPrefix(line, `{"payload":`) || strings.HasPrefix(line, `{"errors":`) {
				return line
			}
			if err == io.EOF {
				return "end"
			}
			require.NoError(t, err)
		}
	}}
}

// transports has all ways to subscribe.
var transports = map[string]func(s *server, t *testing.T, token, query string, variables map[string]any, position string) live{
	"websocket": (*server).overSocket,
	"sse": func(s *server, t *testing.T, token, query string, variables map[string]any, position string) live {
		t.Helper()
		return s.overHTTP(t, "text/event-stream", token, query, variables, position)
	},
	"multipart": func(s *server, t *testing.T, token, query string, variables map[string]any, position string) live {
		t.Helper()
		return s.overHTTP(t, "multipart/mixed;subscriptionSpec=1.0", token, query, variables, position)
	},
}

// positionOf returns the position in a payload.
func positionOf(t *testing.T, payload string) string {
	t.Helper()
	_, after, ok := strings.Cut(payload, `"position":"`)
	require.True(t, ok, payload)
	position, _, _ := strings.Cut(after, `"`)
	return position
}

func TestSubscriptionsOverServers(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	flags := append(signInFlags(t), "--graph", "memory", "--server-timing")
	here, there := start(t, database, flags...), start(t, database, flags...)
	here.awaitMemory(t)
	there.awaitMemory(t)
	_, ada := here.register(t, "ada", "+41446681800")
	bob, _ := here.register(t, "bob", "+41446681801")
	start := here.as(t, bob, viewerQuery, nil).header.Get(positionHeader)
	require.NotEmpty(t, start)
	variables := map[string]any{"ids": []string{ada}}
	follow := func(on *server) {
		on.as(t, bob, `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed } }`, map[string]any{"id": ada})
	}
	unfollow := func(on *server) {
		on.as(t, bob, `mutation ($id: ID!) { unfollowUser(input: {userId: $id}) { changed } }`, map[string]any{"id": ada})
	}
	open := map[string]live{}
	for name, subscribe := range transports {
		open[name] = subscribe(there, t, "", statsSubscription, variables, start)
	}
	var first string
	follow(here)
	for name, l := range open {
		payload := l.next(t)
		require.Contains(t, payload, `"followersCount":1`, name)
		first = positionOf(t, payload)
	}
	there.awaitUser(t, "bob")
	unfollow(there)
	for name, l := range open {
		require.Contains(t, l.next(t), `"followersCount":0`, name)
	}
	// What happened after the first event, from the other server.
	for name, subscribe := range transports {
		require.Contains(t, subscribe(here, t, "", statsSubscription, variables, first).next(t), `"followersCount":0`, name)
	}
}

// awaitUser waits until a server knows a user.
func (s *server) awaitUser(t *testing.T, username string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return strings.Contains(string(s.post(t, fmt.Sprintf(`{ user(username: %q) { id } }`, username), nil).body), `"id"`)
	}, time.Minute, 10*time.Millisecond)
}

// TestStreamsEndWithTheirTokens changes accounts on one server. The streams of another server end, as soon as it sees the
// commit.
func TestStreamsEndWithTheirTokens(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	flags := append(signInFlags(t), "--graph", "memory", "--server-timing")
	here, there := start(t, database, flags...), start(t, database, flags...)
	here.awaitMemory(t)
	there.awaitMemory(t)
	_, ada := here.register(t, "ada", "+41446681800")
	operator, _ := here.register(t, "operator", "+41446681899")
	execute(t, database, "UPDATE users SET role = 'OPT_USER' WHERE username = 'operator'")
	number := 1
	for name, test := range map[string]struct {
		code   string // of WebSocket
		error  string // of the others
		change func(t *testing.T, token, id, username string)
	}{
		"password": {"4401", "UNAUTHENTICATED", func(t *testing.T, token, _, _ string) {
			here.as(t, token, `mutation ($old: String!) { changePassword(input: {currentPassword: $old, newPassword: "another battery"}) { token } }`,
				map[string]any{"old": password}).data(t, "changePassword")
		}},
		"deletion": {"4401", "UNAUTHENTICATED", func(t *testing.T, _, id, _ string) {
			here.as(t, operator, `mutation ($id: ID!) { deleteAccount(input: {userId: $id}) { clientMutationId } }`, map[string]any{"id": id}).data(t, "deleteAccount")
		}},
		"deletion by psql": {"4401", "UNAUTHENTICATED", func(t *testing.T, _, _, username string) {
			execute(t, database, "DELETE FROM users WHERE username = $1", username)
		}},
		"role": {"4403", "FORBIDDEN", func(t *testing.T, _, id, _ string) {
			here.as(t, operator, `mutation ($id: ID!) { setRole(input: {userId: $id, role: END_USER}) { clientMutationId } }`, map[string]any{"id": id}).data(t, "setRole")
		}},
	} {
		number++
		username := strings.ReplaceAll(name, " ", "_")
		token, id := here.register(t, username, fmt.Sprintf("+4144668180%d", number))
		execute(t, database, "UPDATE users SET role = 'OPT_USER' WHERE username = $1", username)
		there.awaitRole(t, token)
		variables := map[string]any{"ids": []string{ada}}
		open := map[string]live{}
		for transport, subscribe := range transports {
			open[transport] = subscribe(there, t, token, statsSubscription, variables, "")
		}
		test.change(t, token, id, username)
		require.Contains(t, open["websocket"].next(t), "status = StatusCode("+test.code+")", name)
		for _, transport := range []string{"sse", "multipart"} {
			require.Contains(t, open[transport].next(t), `"code":"`+test.error+`"`, "%s %s", name, transport)
			require.Equal(t, "end", open[transport].next(t), "%s %s", name, transport)
		}
	}
}

// awaitRole waits until a server identifies the caller as one with the role OPT_USER, who sees private fields of others.
// The role that the server reads for an answer may be newer.
func (s *server) awaitRole(t *testing.T, token string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return strings.Contains(string(s.as(t, token, `{ user(username: "ada") { phoneNumber } }`, nil).body), "+41446681800")
	}, time.Minute, 10*time.Millisecond)
}

// TestSubscriptionsWithoutMemory: the error names the setting.
func TestSubscriptionsWithoutMemory(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), "--graph", "sql")
	for name, subscribe := range transports {
		payload := subscribe(s, t, "", statsSubscription, map[string]any{"ids": []string{"VXNlcjph"}}, "").next(t)
		require.Contains(t, payload, "SUBSCRIPTIONS_NOT_SUPPORTED", name)
		require.Contains(t, payload, "--graph", name)
	}
}

// TestMetricsOfSubscriptions counts open subscriptions and their events.
func TestMetricsOfSubscriptions(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	s := start(t, database, append(signInFlags(t), "--graph", "memory", "--server-timing", "--admin-listen", "127.0.0.1:0",
		"--max-subscriptions-per-caller", "3")...)
	operators := s.operators(t)
	s.awaitMemory(t)
	ada, id := s.register(t, "ada", "+41446681800")
	bob, _ := s.register(t, "bob", "+41446681801")
	variables := map[string]any{"ids": []string{id}}
	at := s.as(t, ada, viewerQuery, nil).header.Get(positionHeader)
	var open []live
	for _, subscribe := range transports {
		open = append(open, subscribe(s, t, ada, statsSubscription, variables, at))
	}
	s.as(t, bob, `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed } }`, map[string]any{"id": id})
	for _, l := range open {
		require.Contains(t, l.next(t), `"followersCount":1`)
	}
	require.Contains(t, s.overHTTP(t, "text/event-stream", ada, statsSubscription, variables, "").next(t), "RATE_LIMITED")
	var values map[string]float64
	for _, transport := range []string{"websocket", "sse", "multipart"} {
		require.Eventually(t, func() bool { // an event and its bytes are counted after it was written
			values = scrape(t, operators)
			return values[`followgraph_subscription_events_total{transport="`+transport+`"}`] == 1 &&
				values[`followgraph_subscription_bytes_total{transport="`+transport+`"}`] > 0
		}, time.Minute, 10*time.Millisecond, transport)
		require.InDelta(t, 1, values[`followgraph_subscriptions{transport="`+transport+`"}`], 0, transport)
	}
	require.InDelta(t, 1, values[`followgraph_subscriptions_refused_total{limit="caller"}`], 0)
	require.InDelta(t, 3, values["followgraph_subscription_connections"], 0)
	require.InDelta(t, 3, values["followgraph_stream_connections"], 0)
}
