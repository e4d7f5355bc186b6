package httpserver

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

// socketClient is a client of graphql-transport-ws.
type socketClient struct{ *websocket.Conn }

// dialSocket opens a WebSocket without connection_init. headers are pairs of names and values.
func (s *streamServer) dialSocket(t *testing.T, headers ...string) socketClient {
	t.Helper()
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	conn, _, err := websocket.Dial(t.Context(), "ws://"+s.address+"/graphql", &websocket.DialOptions{ //nolint:bodyclose // it has none
		Subprotocols: []string{subprotocol}, HTTPHeader: header,
	})
	require.NoError(t, err)
	conn.SetReadLimit(16 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return socketClient{conn}
}

// openSocket opens a WebSocket that is acknowledged.
func (s *streamServer) openSocket(t *testing.T, headers ...string) socketClient {
	t.Helper()
	c := s.dialSocket(t, headers...)
	c.send(t, `{"type":"connection_init"}`)
	require.JSONEq(t, `{"type":"connection_ack"}`, c.receive(t))
	return c
}

func (c socketClient) send(t *testing.T, message string) {
	t.Helper()
	require.NoError(t, c.Write(t.Context(), websocket.MessageText, []byte(message)))
}

func (c socketClient) subscribe(t *testing.T, id, query string) {
	t.Helper()
	c.send(t, subscribeMessage(id, map[string]any{"query": query}))
}

func subscribeMessage(id string, payload any) string {
	text, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": payload})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (c socketClient) receive(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), anyWait)
	defer cancel()
	kind, text, err := c.Read(ctx)
	require.NoError(t, err)
	require.Equal(t, websocket.MessageText, kind)
	return string(text)
}

// requireClosed reads until the server closes the connection, with a code and a reason.
func (c socketClient) requireClosed(t *testing.T, code closeCode, reason string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), anyWait)
	defer cancel()
	for {
		_, text, err := c.Read(ctx)
		if err == nil {
			t.Logf("received %s", text)
			continue
		}
		var closed websocket.CloseError
		require.ErrorAs(t, err, &closed)
		require.Equal(t, int(code), int(closed.Code), closed.Reason)
		require.Contains(t, closed.Reason, reason)
		return
	}
}

// requireError reads the message error of an operation.
func (c socketClient) requireError(t *testing.T, id string, code apperr.Code) {
	t.Helper()
	var message struct {
		ID, Type string
		Payload  []struct{ Extensions struct{ Code apperr.Code } }
	}
	text := c.receive(t)
	require.NoError(t, json.Unmarshal([]byte(text), &message), text)
	require.Equal(t, id, message.ID, text)
	require.Equal(t, "error", message.Type, text)
	require.NotEmpty(t, message.Payload, text)
	require.Equal(t, code, message.Payload[0].Extensions.Code, text)
}

// bodyClient is a client of a response with many results.
type bodyClient struct {
	*http.Response
	lines *bufio.Reader
}

// openBody sends a request for a subscription. headers are pairs of names and values.
func (s *streamServer) openBody(t *testing.T, accept, query string, headers ...string) bodyClient {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query})
	require.NoError(t, err)
	return s.do(t, http.MethodPost, "/graphql", string(body), append([]string{"Accept", accept, "Content-Type", "application/json"}, headers...)...)
}

func (s *streamServer) do(t *testing.T, method, target, body string, headers ...string) bodyClient {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.address+target, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return bodyClient{response, bufio.NewReader(response.Body)}
}

// event reads the next server-sent event, with the keep-alives before it.
func (c bodyClient) event(t *testing.T) map[string]string {
	t.Helper()
	event := map[string]string{}
	for {
		line, err := c.lines.ReadString('\n')
		require.NoError(t, err, "%v", event)
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			if _, ok := event["data"]; ok || event["retry"] != "" {
				return event
			}
			event["id only"] = event["id"]
			delete(event, "id")
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		if name != "" {
			_, known := event[name]
			require.False(t, known, line)
			event[name] = strings.TrimPrefix(value, " ")
		}
	}
}

// part reads the next part of a multipart body, after its delimiter, and the delimiter after it. last is whether the
// body ends with it.
func (c bodyClient) part(t *testing.T) (text string, last bool) {
	t.Helper()
	for _, want := range []string{"\r\n", "Content-Type: application/json\r\n", "\r\n"} {
		line, err := c.lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	text, err := c.lines.ReadString('\n')
	require.NoError(t, err)
	delimiter := make([]byte, len("--graphql"))
	_, err = io.ReadFull(c.lines, delimiter)
	require.NoError(t, err)
	require.Equal(t, "--graphql", string(delimiter))
	if c.lines.Buffered() >= 2 {
		next, _ := c.lines.Peek(2)
		last = string(next) == "--"
	}
	return strings.TrimSuffix(text, "\r\n"), last
}

// requireEnd checks that the body ends here.
func (c bodyClient) requireEnd(t *testing.T) {
	t.Helper()
	rest, err := io.ReadAll(c.lines)
	require.NoError(t, err)
	require.Empty(t, string(rest))
}

// httpGet returns the request of a browser's EventSource.
func eventSourceTarget(query string) string {
	return "/graphql?query=" + strings.NewReplacer(" ", "%20", `"`, "%22", "{", "%7B", "}", "%7D").Replace(query)
}

func numbered(prefix string, i int) string { return prefix + strconv.Itoa(i) }
