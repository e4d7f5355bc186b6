package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/graph/operation"
	"followgraph/internal/apperr"
	"followgraph/internal/executor"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

// blockingStore is a store with one user. Its lookups block until found is closed.
type blockingStore struct {
	person
	asked chan struct{} // receives for each lookup that begins
	found chan struct{} // closed when lookups may return
}

func newBlockingStore() *blockingStore {
	return &blockingStore{
		person: person{User: model.User{CognitoID: "id-ada", Username: "ada"}},
		asked:  make(chan struct{}, 1000), found: make(chan struct{}),
	}
}

func (p *blockingStore) Users(ctx context.Context, _ []model.UserKey) ([]*model.User, error) {
	p.asked <- struct{}{}
	select {
	case <-p.found:
		return []*model.User{&p.User}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// rejectingAttempts rejects each attempt to sign in.
type rejectingAttempts struct{ social.Attempts }

func (rejectingAttempts) Take(string, netip.Addr) (limit.Attempt, error) {
	return limit.Attempt{}, apperr.Limited(time.Second, "too many attempts")
}

func (p *blockingStore) AccountByUsername(context.Context, string) (*model.Account, error) {
	return nil, nil
}

// noTokens is a non-nil social.Options.Tokens that issues no tokens.
type noTokens struct{ social.Tokens }

// testOptions returns options for a server on a store. A token is the id of its user.
func testOptions(store social.Store) Options {
	documents := executor.NewDocuments()
	service := social.New(store, social.Options{AnonymousReads: true, Attempts: rejectingAttempts{}, Tokens: noTokens{}, RefusalDelay: time.Hour})
	return Options{
		Schema:    graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, documents),
		Documents: documents,
		Service:   service,
		Authenticate: func(_ context.Context, token string) (viewer.Viewer, error) {
			return viewer.Viewer{CognitoID: token, Registered: true}, nil
		},
		Ready:            func(context.Context) error { return nil },
		Log:              slog.New(slog.DiscardHandler),
		OperationTimeout: time.Minute,
	}
}

const askUser = `{ user(username: "ada") { username } }`

func postAs(ctx context.Context, query, token string) *http.Request {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer
}

// requireSingleError checks a response with one error and no data.
func requireSingleError(t *testing.T, answer *httptest.ResponseRecorder, status int, code apperr.Code) string {
	t.Helper()
	require.Equal(t, status, answer.Code, answer.Body)
	var body struct {
		Data   *json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct {
				Code       apperr.Code
				RetryAfter int
			}
		}
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &body))
	require.Nil(t, body.Data)
	require.Len(t, body.Errors, 1)
	require.Equal(t, code, body.Errors[0].Extensions.Code)
	if after := answer.Header().Get("Retry-After"); after != "" {
		require.Equal(t, fmt.Sprint(body.Errors[0].Extensions.RetryAfter), after)
	}
	return body.Errors[0].Message
}

// crowd sends one request several times at once, and collects the responses.
type crowd struct {
	running sync.WaitGroup
	mu      sync.Mutex
	answers []*httptest.ResponseRecorder
}

func (c *crowd) send(h http.Handler, times int, request func() *http.Request) {
	for range times {
		c.running.Go(func() {
			answer := do(h, request())
			c.mu.Lock()
			defer c.mu.Unlock()
			c.answers = append(c.answers, answer)
		})
	}
}

// newTestServer returns the routes, and the slots of the endpoint.
func newTestServer(opts Options) (*Slots, http.Handler) {
	endpoint := newGraphQL(opts)
	mux := http.NewServeMux()
	mux.Handle("/graphql", endpoint)
	mux.HandleFunc("GET /healthz", healthz)
	return endpoint.slots, mux
}

// TestOverload runs on the clock of synctest, like the following tests.
func TestOverload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		opts := testOptions(store)
		opts.Slots = NewSlots(SlotOptions{Queries: 1, Wait: time.Second})
		slots, server := newTestServer(opts)
		var served, refused crowd
		served.send(server, 1+queuePerSlot, func() *http.Request { return postAs(t.Context(), askUser, "") })
		synctest.Wait()
		require.Equal(t, queuePerSlot, slots.Load(operation.WorkloadQuery).Waiting)

		refused.send(server, 3, func() *http.Request {
			r := postAs(t.Context(), askUser, "")
			r.Body = io.NopCloser(iotest.ErrReader(errors.New("it is not read")))
			return r
		})
		synctest.Wait()
		require.Equal(t, http.StatusOK, do(server, httptest.NewRequest(http.MethodGet, "/healthz", nil)).Code)
		close(store.found)
		served.running.Wait()
		require.Len(t, served.answers, 1+queuePerSlot)
		for _, answer := range served.answers {
			require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		}
		require.Equal(t, http.StatusOK, do(server, postAs(t.Context(), askUser, "")).Code, "it is over at once")
		refused.running.Wait()
		for _, answer := range refused.answers {
			requireSingleError(t, answer, http.StatusServiceUnavailable, apperr.Overloaded)
			require.Equal(t, "1", answer.Header().Get("Retry-After"))
		}
	})
}

// TestFloodOfOneNetwork: one network cannot hold all slots, so another need not wait, whether the first is signed in or
// connects through a trusted proxy.
func TestFloodOfOneNetwork(t *testing.T) {
	t.Parallel()
	for name, proxy := range map[string]bool{"directly": false, "through a proxy": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newBlockingStore()
				opts := testOptions(store)
				if proxy {
					opts.Proxies = Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}, Header: ForwardedFor} // the address of httptest
				}
				slots, server := newTestServer(opts)
				ask := func(ctx context.Context, from, query, token string) *http.Request {
					r := postAs(ctx, query, token)
					r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(from), 4000).String()
					if proxy {
						r.RemoteAddr = "10.0.0.1:4000"
						r.Header.Set("X-Forwarded-For", from)
					}
					return r
				}
				var flood crowd
				flooding, stop := context.WithCancel(t.Context())
				for i := range 200 {
					flood.send(server, 1, func() *http.Request {
						return ask(flooding, fmt.Sprintf("2001:db8::%x:0:0:0:1", i), askUser, fmt.Sprint("user", i))
					})
				}
				synctest.Wait()
				require.Equal(t, 14, slots.Load(operation.WorkloadQuery).Running)
				began := time.Now()
				require.Equal(t, http.StatusOK, do(server, ask(t.Context(), "198.51.100.2", `{ __typename }`, "")).Code)
				require.Zero(t, time.Since(began))
				stop()
				flood.running.Wait()
			})
		})
	}
}

func TestQueueTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		opts := testOptions(store)
		opts.Slots = NewSlots(SlotOptions{Queries: 1, Wait: time.Second})
		_, server := newTestServer(opts)
		var crowd crowd
		crowd.send(server, 1, func() *http.Request { return postAs(t.Context(), askUser, "") })
		synctest.Wait()
		began := time.Now()
		requireSingleError(t, do(server, postAs(t.Context(), askUser, "")), http.StatusServiceUnavailable, apperr.Overloaded)
		require.Equal(t, time.Second, time.Since(began))
		close(store.found)
		crowd.running.Wait()
		require.Equal(t, http.StatusOK, crowd.answers[0].Code)
	})
}

// TestDisconnectedClientsReleaseSlots: a client that disconnects releases its slot, or its place in the queue.
func TestDisconnectedClientsReleaseSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		opts := testOptions(store)
		opts.Slots = NewSlots(SlotOptions{Queries: 2})
		slots, server := newTestServer(opts)
		ctx, leave := context.WithCancel(t.Context())
		var crowd crowd
		crowd.send(server, 12, func() *http.Request { return postAs(ctx, askUser, "") })
		synctest.Wait()
		require.Equal(t, 10, slots.Load(operation.WorkloadQuery).Waiting)
		leave()
		crowd.running.Wait()
		close(store.found)
		require.Equal(t, http.StatusOK, do(server, postAs(t.Context(), askUser, "")).Code)
		require.Zero(t, slots.Load(operation.WorkloadQuery).Running)
	})
}

const login = `mutation { login(input: {username: "ada", password: "x"}) { token } }`

// TestSlowRequestsHoldNoSlot: neither a slow body nor a waiting sign-in blocks a query.
func TestSlowRequestsHoldNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		close(store.found)
		opts := testOptions(store)
		opts.Slots = NewSlots(SlotOptions{Queries: 1})
		slots, server := newTestServer(opts)
		ctx, leave := context.WithCancel(t.Context())
		var crowd crowd
		for range signInShare {
			crowd.send(server, 1, func() *http.Request { return postAs(ctx, login, "") })
			synctest.Wait()
		}
		require.Equal(t, signInShare, slots.Load(operation.WorkloadSignIn).Running)
		bodies, writer := io.Pipe()
		crowd.send(server, 1, func() *http.Request {
			r := postAs(ctx, askUser, "")
			r.Body = bodies
			return r
		})
		_, err := io.WriteString(writer, `{"query":`)
		require.NoError(t, err)

		require.Equal(t, http.StatusOK, do(server, postAs(t.Context(), askUser, "")).Code)
		leave()
		require.NoError(t, writer.Close())
		crowd.running.Wait()
		require.Zero(t, slots.Load(operation.WorkloadSignIn).Running)
	})
}
