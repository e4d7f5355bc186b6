package httpserver

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSlowClientsMakeRoom: a connection whose client is slow makes room for others, in each state.
func TestSlowClientsMakeRoom(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"nothing":                         "",
		"half a header":                   "GET /healthz HTTP/1.1\r\nHost",
		"a byte of a body":                postHeader + "Content-Length: 1000\r\n\r\n{",
		"no byte of a body":               postHeader + "Content-Length: 1000\r\n\r\n",
		"a byte of a chunked body":        postHeader + "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
		"a body that is waited for":       postHeader + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n",
		"a body that the server ignores":  "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
		"a body for what is not there":    "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
		"a body of a type that is not":    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
		"an answer that is not taken":     healthRequest,
		"a long answer that is not taken": "GET /playground HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				opts := testOptions(newBlockingStore())
				opts.Connections, opts.RequestMemory = 50, 64<<20
				opts.Playground = pageOf(100 << 10)
				server := newSlowServer(t, opts)
				const share = 40
				attackers := make([]slowClient, share)
				for i := range attackers {
					attackers[i] = server.dial(t, "198.51.100.1")
					attackers[i].send(sent)
				}
				require.Equal(t, share, server.count().open)
				other := server.dial(t, "198.51.100.2")
				other.send(healthRequest)
				require.Equal(t, http.StatusOK, other.status(t), "the network has left some")

				<-time.After(2 * roomPatience)
				for range 2 * share { // new connections of the network replace those that wait longest
					same := server.dial(t, "198.51.100.1")
					same.send(healthRequest)
					require.Equal(t, http.StatusOK, same.status(t))
				}
				require.Equal(t, share+1, server.count().open)
				for _, attacker := range attackers {
					_, err := io.Copy(io.Discard, attacker)
					require.NoError(t, err, "it is closed")
				}
			})
		})
	}
}

// TestShareOfConnections: one network leaves connections to others, even if all of its own have requests.
func TestShareOfConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		opts := testOptions(store)
		opts.Connections, opts.RequestMemory = 50, 64<<20
		opts.Slots = NewSlots(SlotOptions{Queries: 64, Wait: time.Minute - 1})
		server := newSlowServer(t, opts)
		body := `{"query":"{ user(username: \"ada\") { username } }"}`
		var busy []slowClient
		for i, want := range []int{40, 8, 2} {
			for range 60 {
				// Addresses of one site are one network.
				conn := server.dial(t, fmt.Sprintf("2001:db8:%d:%d::1", i, len(busy)))
				conn.send(postOf(body)[:120])
				conn.send(postOf(body)[120:]) // in two parts: they wait for the store all the same
				if server.count().open == len(busy) {
					require.False(t, conn.isOpen(t))
					break
				}
				busy = append(busy, conn)
				if server.count().open == opts.Connections {
					break
				}
			}
			require.Equal(t, want, server.openOf(fmt.Sprintf("2001:db8:%d::", i)))
		}
		<-time.After(time.Second)
		late := server.dial(t, "198.51.100.3")
		late.send(healthRequest)
		require.Equal(t, opts.Connections, server.count().open, "no request is cut off for another")
		close(store.found)
		for _, conn := range busy {
			require.Equal(t, http.StatusOK, conn.status(t))
		}
		require.Equal(t, http.StatusOK, late.status(t))
	})
}

// TestConnectionsOfProxies: connections of proxies have no share, but make room if they are idle.
func TestConnectionsOfProxies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions(newBlockingStore())
		opts.Connections, opts.RequestMemory = 50, 64<<20
		opts.Proxies.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		server := newSlowServer(t, opts)
		var proxy []slowClient
		for range opts.Connections {
			conn := server.dial(t, "10.0.0.1")
			conn.send(healthRequest)
			require.Equal(t, http.StatusOK, conn.status(t))
			synctest.Wait()
			proxy = append(proxy, conn)
		}
		require.Equal(t, opts.Connections, server.count().open)
		for range 10 {
			conn := server.dial(t, "198.51.100.2")
			conn.send(healthRequest)
			require.Equal(t, http.StatusOK, conn.status(t))
			synctest.Wait()
		}
		require.False(t, proxy[0].isOpen(t))
		require.True(t, proxy[1].isOpen(t), "a network makes room for itself")
	})
}

// TestRequestMemory: large bodies of one network get part of the memory, those that do not fit are refused at once, and
// slow clients lose theirs.
func TestRequestMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions(newBlockingStore())
		opts.Connections, opts.RequestMemory = 1000, 16<<20
		opts.Slots = NewSlots(SlotOptions{Wait: 1}) // so that refusals are not delayed
		server := newSlowServer(t, opts)
		large := postOf(`{"query":"{ __typename }","variables":{"a":"` + strings.Repeat("x", 1_000_000) + `"}}`)
		small := postOf(`{"query":"{ __typename }","variables":{"a":"` + strings.Repeat("x", 10_000) + `"}}`)
		slow := map[slowClient]bool{}
		refused := 0
		for range 20 {
			conn := server.dial(t, "198.51.100.1")
			conn.send(large[:len(large)-1])
			if slow[conn] = !server.answers(conn); !slow[conn] {
				require.Equal(t, http.StatusServiceUnavailable, conn.status(t))
				refused++
			}
		}
		require.Equal(t, 18, refused, "two large bodies of one network fit")
		require.LessOrEqual(t, server.count().held, opts.RequestMemory)
		for _, from := range []string{"198.51.100.1", "198.51.100.2"} {
			for range 100 {
				conn := server.dial(t, from)
				conn.send(small)
				require.Equal(t, http.StatusOK, conn.status(t), "small bodies get through")
			}
		}
		other := server.dial(t, "198.51.100.2")
		other.send(large)
		require.Equal(t, http.StatusOK, other.status(t), "another network has its share")

		<-time.After(memoryPatience)
		for range 10 {
			conn := server.dial(t, "198.51.100.1")
			conn.send(large)
			require.Equal(t, http.StatusOK, conn.status(t), "slow ones give way")
			_ = conn.Close()
		}
		gaveWay := 0
		for conn := range slow {
			if slow[conn] && server.answers(conn) {
				require.Equal(t, http.StatusServiceUnavailable, conn.status(t))
				gaveWay++
			}
		}
		require.Equal(t, 1, gaveWay, "no more than had to")
	})
}

// TestRefusalsAreDelayed: a request without memory is refused as late as one that waits for a slot in vain.
func TestRefusalsAreDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions(newBlockingStore())
		opts.Connections, opts.RequestMemory = 1000, 1<<20
		opts.Slots = NewSlots(SlotOptions{Wait: 300 * time.Millisecond})
		server := newSlowServer(t, opts)
		conn := server.dial(t, "198.51.100.1")
		began := time.Now()
		conn.send(postOf(`{"query":"{ __typename }","variables":{"a":"` + strings.Repeat("x", 1_000_000) + `"}}`))
		require.Zero(t, server.count().held, "it holds nothing meanwhile")
		require.Equal(t, http.StatusServiceUnavailable, conn.status(t))
		require.Equal(t, 300*time.Millisecond, time.Since(began))
	})
}

// TestMemoryOfHeaders: headers, and the values of small requests, count too.
func TestMemoryOfHeaders(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"lines":        "GET /healthz HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("a:b\r\n", 12_000),
		"a long line":  "GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 60_000),
		"many objects": postOf(`{"query":"{ user(username: \"ada\") { username } }","variables":{"a":[` + strings.Repeat(`{"a":1},`, 3_000) + `1]}}`),
		"in the address": "GET /graphql?query={user(username:%22ada%22){username}}&variables={%22a%22:[" + strings.Repeat(`{"a":1},`, 3_000) +
			"1]} HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newBlockingStore()
				opts := testOptions(store)
				opts.Connections, opts.RequestMemory = 1000, 8<<20
				opts.Slots = NewSlots(SlotOptions{Queries: 200, Wait: 1}) // so that nothing waits, and refusals are not delayed
				server := newSlowServer(t, opts)
				refused := 0
				for range 100 {
					conn := server.dial(t, "198.51.100.1")
					conn.send(sent)
					if server.answers(conn) {
						require.Equal(t, http.StatusServiceUnavailable, conn.status(t))
						refused++
					}
				}
				require.Positive(t, refused)
				require.Less(t, refused, 100)
				require.LessOrEqual(t, server.count().held, opts.RequestMemory)
				other := server.dial(t, "198.51.100.2")
				other.send(healthRequest)
				require.Equal(t, http.StatusOK, other.status(t))
				close(store.found)
			})
		})
	}
}

// TestMemoryOfAnswers: responses that clients do not read are cut off if they take too much memory together. They do
// not block requests.
func TestMemoryOfAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions(newBlockingStore())
		opts.Connections, opts.RequestMemory = 1000, 8<<20
		opts.Playground = pageOf(1 << 20)
		server := newSlowServer(t, opts)
		var slow []slowClient
		for range 50 {
			conn := server.dial(t, "198.51.100.1")
			conn.send("GET /playground HTTP/1.1\r\nHost: x\r\n\r\n")
			_, _ = io.ReadFull(conn, make([]byte, 8<<10)) // and no more; it may be cut off before
			synctest.Wait()
			require.Positive(t, server.count().answers)
			require.LessOrEqual(t, server.count().answers, 2*opts.RequestMemory)
			slow = append(slow, conn)
			<-time.After(roomPatience / 5)
		}
		<-time.After(roomPatience)
		taken := server.dial(t, "198.51.100.1")
		taken.send("GET /playground HTTP/1.1\r\nHost: x\r\n\r\n")
		require.Equal(t, http.StatusOK, taken.status(t))
		large := server.dial(t, "198.51.100.1")
		large.send(postOf(`{"query":"{ __typename }","variables":{"a":"` + strings.Repeat("x", 1_000_000) + `"}}`))
		require.Equal(t, http.StatusOK, large.status(t))
		_, err := io.Copy(io.Discard, io.LimitReader(slow[0], 1<<20-100_000))
		require.NoError(t, err)
		require.False(t, slow[0].isOpen(t), "the oldest is cut off")
	})
}
