package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serve runs a handler on the loopback interface and returns its address.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// nodes returns an answer with count nodes.
func nodes(count int) string {
	return `{"data":[` + strings.TrimSuffix(strings.Repeat(`{"id" : "x"},`, count), ",") + `]}`
}

func options(address string, requests ...Request) Options {
	return Options{Address: address, Connections: 3, Duration: 200 * time.Millisecond, Requests: requests}
}

func requestFor(count int) Request {
	return Request{Body: []byte(`{"query":"q"}`), Key: `"id"`, Nodes: count}
}

func TestRunCountsAnswers(t *testing.T) {
	t.Parallel()
	var answered atomic.Int64
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/graphql" ||
			r.Header.Get("Content-Type") != "application/json" || string(body) != `{"query":"q"}` {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		answered.Add(1)
		_, _ = io.WriteString(w, nodes(2))
	})
	o := options(address, requestFor(2))
	var calls []string
	o.Begin = func() error { calls = append(calls, "begin"); return nil }
	o.End = func() error { calls = append(calls, "end"); return nil }
	result, err := Run(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, []string{"begin", "end"}, calls)
	require.NoError(t, result.Failure)
	require.Zero(t, result.Failed)
	require.Positive(t, result.Requests)
	require.LessOrEqual(t, int64(result.Requests), answered.Load())
	require.Positive(t, result.P50)
	require.LessOrEqual(t, result.P50, result.P99)
	require.GreaterOrEqual(t, result.Elapsed, o.Duration)
	require.InDelta(t, float64(result.Requests)/result.Elapsed.Seconds(), result.Rate(), 1e-9)
}

func TestWrongAnswersDoNotCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"too few nodes":    {200, nodes(1), "1 nodes, not 2"},
		"too many nodes":   {200, nodes(3), "3 nodes, not 2"},
		"errors as well":   {200, nodes(2) + `,"errors":[{}]`, "errors in answer"},
		"a status of 500":  {500, nodes(2), "status 500"},
		"an empty answer":  {200, "", "0 nodes, not 2"},
		"errors with room": {200, nodes(2) + `, "errors" : [{}]`, "errors in answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			result, err := Run(t.Context(), options(address, requestFor(2)))
			require.NoError(t, err)
			require.ErrorContains(t, result.Failure, c.want)
			require.Positive(t, result.Failed)
			require.Zero(t, result.Requests)
			require.Zero(t, result.P99)
		})
	}
}

func TestOnlyRightAnswersCount(t *testing.T) {
	t.Parallel()
	var right atomic.Int64
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) == "right" {
			right.Add(1)
			_, _ = io.WriteString(w, nodes(1))
			return
		}
		_, _ = io.WriteString(w, nodes(0))
	})
	result, err := Run(t.Context(), options(address,
		Request{Body: []byte("right"), Key: `"id"`, Nodes: 1}, Request{Body: []byte("wrong"), Key: `"id"`, Nodes: 1}))
	require.NoError(t, err)
	require.Positive(t, result.Failed)
	require.Positive(t, result.Requests)
	require.LessOrEqual(t, int64(result.Requests), right.Load())
}

// TestOnce sends every request once, in order, and reports when none is left.
func TestOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	times := make(map[string]int)
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		times[string(body)+" by "+r.Header.Get("Authorization")]++
		_, _ = io.WriteString(w, nodes(1))
	})
	const count = 100
	requests, want := make([]Request, count), make(map[string]int)
	for i := range requests {
		requests[i] = Request{Body: fmt.Append(nil, i), Token: fmt.Sprint("t", i), Key: `"id"`, Nodes: 1}
		want[fmt.Sprintf("%d by Bearer t%d", i, i)] = 1
	}
	o := options(address, requests...)
	o.Once, o.Duration = true, time.Hour
	_, err := Run(t.Context(), o)
	require.ErrorIs(t, err, ErrExhausted)
	mu.Lock()
	defer mu.Unlock()
	require.LessOrEqual(t, len(times), count)
	for request, sent := range times {
		require.Equal(t, want[request], sent, request)
	}
}

// TestRate sends at a rate far below the server's maximum.
func TestRate(t *testing.T) {
	t.Parallel()
	var came atomic.Int64
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		came.Add(1)
		_, _ = io.WriteString(w, nodes(1))
	})
	o := options(address, requestFor(1))
	o.Rate = 50
	result, err := Run(t.Context(), o)
	require.NoError(t, err)
	require.Positive(t, result.Requests)
	// Each connection may have one outstanding request at the end.
	require.LessOrEqual(t, came.Load(), int64(o.Rate*result.Elapsed.Seconds())+int64(o.Connections)+1)
}

func TestShed(t *testing.T) {
	t.Parallel()
	var came atomic.Int64
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if came.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, nodes(1))
	})
	o := options(address, requestFor(1))
	o.MayShed = true
	result, err := Run(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, result.Failure)
	require.Positive(t, result.Shed)
	require.InDelta(t, result.Requests, result.Shed, float64(o.Connections+1), "every other one is refused")

	o.MayShed = false
	result, err = Run(t.Context(), o)
	require.NoError(t, err)
	require.ErrorContains(t, result.Failure, "status 503")
	require.Zero(t, result.Shed)
}

func TestNodesThatOthersChange(t *testing.T) {
	t.Parallel()
	r := Request{Key: `"id"`, Nodes: 2, MostNodes: 4}
	for count, fine := range []bool{false, false, true, true, true, false} {
		require.Equal(t, fine, r.Check(200, []byte(nodes(count))) == nil, "%d nodes", count)
	}
}

// TestSameRequestsForSameSeed compares the order in which one connection sends its requests.
func TestSameRequestsForSameSeed(t *testing.T) {
	t.Parallel()
	const compared = 20
	sent := func(seed uint64) []string {
		var mu sync.Mutex
		var bodies []string
		enough := make(chan struct{})
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			if bodies = append(bodies, string(body)); len(bodies) == compared {
				close(enough)
			}
			_, _ = io.WriteString(w, nodes(1))
		})
		var requests []Request
		for i := range 10 {
			requests = append(requests, Request{Body: fmt.Append(nil, i), Key: `"id"`, Nodes: 1})
		}
		o := options(address, requests...)
		o.Connections, o.Seed = 1, seed
		o.Begin = func() error { <-enough; return nil }
		_, err := Run(t.Context(), o)
		require.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		return bodies[:compared]
	}
	require.Equal(t, sent(1), sent(1))
	require.NotEqual(t, sent(1), sent(2))
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"another machine": options("192.0.2.1:80", requestFor(1)),
		"no address":      options("", requestFor(1)),
		"no request":      options("127.0.0.1:80"),
		"no connection":   {Address: "127.0.0.1:80", Duration: time.Second, Requests: []Request{requestFor(1)}},
		"no duration":     {Address: "127.0.0.1:80", Connections: 1, Requests: []Request{requestFor(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Run(t.Context(), o)
			require.Error(t, err)
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server detects the end of a connection only after the body
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	o := options(address, requestFor(1))
	o.Duration = time.Hour
	o.Begin = func() error { cancel(); return nil }
	_, err := Run(ctx, o)
	require.Error(t, err)
}

// answerServer accepts connections and answers every request with the same bytes.
func answerServer(t *testing.T, raw string) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			request, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
				_, _ = io.WriteString(conn, raw)
			}
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestClientReads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ raw, want, timing string }{
		"a length":      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", ""},
		"no body":       {"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", "", ""},
		"timing":        {"HTTP/1.1 200 OK\r\nServer-Timing: sql;desc=\"7 statements\"\r\nContent-Length: 1\r\n\r\nx", "x", `sql;desc="7 statements"`},
		"chunks":        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", "hello", ""},
		"a large chunk": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + strings.Repeat("x", 100_000) + "\r\n0\r\n\r\n", strings.Repeat("x", 100_000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Probe(t.Context(), answerServer(t, c.raw), []Request{requestFor(1)}, func(_ int, a Answer) error {
				require.Equal(t, 200, a.Status)
				require.Equal(t, c.want, string(a.Body))
				require.Equal(t, c.timing, a.ServerTiming)
				return nil
			})
			require.NoError(t, err)
		})
	}
}

func TestClientRefuses(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"nothing":             "",
		"another protocol":    "SSH-2.0-x\r\n\r\n",
		"no status":           "HTTP/1.1 OK\r\n\r\n",
		"a short header":      "HTTP/1.1 200 OK\r\nContent-",
		"no length":           "HTTP/1.1 200 OK\r\n\r\nhello",
		"a wrong length":      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"a short body":        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
		"a chunk's size":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"an enormous chunk":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
		"a short chunk":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
		"a long chunk":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
		"chunks without last": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Probe(t.Context(), answerServer(t, raw), []Request{requestFor(1)}, func(int, Answer) error { return nil })
			require.Error(t, err)
			_, err = Run(t.Context(), options(answerServer(t, raw), requestFor(1)))
			require.Error(t, err)
		})
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		sorted  []time.Duration
		percent int
		want    time.Duration
	}{
		{nil, 50, 0},
		{[]time.Duration{7}, 50, 7},
		{[]time.Duration{7}, 99, 7},
		{[]time.Duration{1, 2}, 50, 1},
		{[]time.Duration{1, 2, 3}, 50, 2},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred[:50], 99, 50},
	} {
		require.Equal(t, c.want, percentile(c.sorted, c.percent), "%d%% of %d", c.percent, len(c.sorted))
	}
}
