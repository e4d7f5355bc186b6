package httpserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

// TestRateLimit spends the budget of a user from several addresses, and that of a network.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	store := newBlockingStore()
	close(store.found)
	noon := time.Date(2026, 11, 23, 12, 0, 0, 500, time.UTC)
	opts := testOptions(store)
	opts.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 60, Address: 3}, func() time.Time { return noon })
	opts.Proxies = Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Header: ForwardedFor} // httptest's address
	_, server := newTestServer(opts)
	from := func(address, token string) *httptest.ResponseRecorder {
		r := postAs(t.Context(), `{ rateLimit { cost limit remaining used resetAt nodeCount } user(username: "ada") { username } }`, token)
		r.Header.Set("X-Forwarded-For", "203.0.113.200, "+address)
		return do(server, r)
	}

	answer := from("198.51.100.1", "id-ada")
	require.Equal(t, http.StatusOK, answer.Code)
	require.JSONEq(t, `{"data":{
		"rateLimit": {"cost":1,"limit":60,"remaining":59,"used":1,"resetAt":"2026-11-23T12:01:00Z","nodeCount":2},
		"user": {"username":"ada"}
	}}`, answer.Body.String())
	for name, want := range map[string]string{
		"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59", "X-RateLimit-Used": "1",
		"X-RateLimit-Reset": fmt.Sprint(noon.Unix() + 61), "X-RateLimit-Resource": "graphql", "X-RateLimit-Cost": "1", "Retry-After": "",
	} {
		require.Equal(t, want, answer.Header().Get(name), name)
	}

	for i := range 3 { // networks of one customer
		require.Equal(t, http.StatusOK, from(fmt.Sprintf("2001:db8::%d", i+1), "").Code)
	}
	answer = from("2001:db8::4", "")
	requireSingleError(t, answer, http.StatusTooManyRequests, apperr.RateLimited)
	require.Equal(t, "1200", answer.Header().Get("Retry-After"))
	require.Equal(t, "0", answer.Header().Get("X-RateLimit-Remaining"))
	require.Equal(t, http.StatusOK, from("2001:db8:0:1::1", "").Code, "another network")
	require.Equal(t, http.StatusOK, from("2001:db8::4", "id-ada").Code, "a signed-in caller")

	r := postAs(t.Context(), `{ users(first: 100) { nodes { followers(first: 100) { nodes { username } } } } }`, "id-ada")
	message := requireSingleError(t, do(server, r), http.StatusUnprocessableEntity, apperr.QueryTooComplex)
	require.Contains(t, message, "the limit is 60 points per hour for this caller")
	invalid := do(server, postAs(t.Context(), `{ nobody }`, "id-ada"))
	require.Empty(t, invalid.Header().Get("X-RateLimit-Used"), "what is refused for itself is free")
	require.Equal(t, "57", from("198.51.100.1", "id-ada").Header().Get("X-RateLimit-Remaining"))
}

// TestRateLimitFieldDoesNotWait: the other fields do not wait for it.
func TestRateLimitFieldDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newBlockingStore()
		close(store.found)
		_, server := newTestServer(testOptions(store))
		began := time.Now()
		answer := do(server, postAs(t.Context(), `{ a: rateLimit { cost } user(username: "ada") { username } b: rateLimit { used } }`, ""))
		require.JSONEq(t, `{"data":{"a":null,"user":{"username":"ada"},"b":null}}`, answer.Body.String())
		require.Zero(t, time.Since(began))
	})
}

func TestNoRateLimit(t *testing.T) {
	t.Parallel()
	store := newBlockingStore()
	close(store.found)
	for name, budgets := range map[string]*limit.Budgets{"none": nil, "of no points": limit.NewBudgets(limit.BudgetLimits{}, time.Now)} {
		opts := testOptions(store)
		opts.Budgets = budgets
		_, server := newTestServer(opts)
		answer := do(server, postAs(t.Context(), `{ rateLimit { cost } }`, ""))
		require.JSONEq(t, `{"data":{"rateLimit":null}}`, answer.Body.String(), name)
		require.Empty(t, answer.Header().Get("X-RateLimit-Limit"))
	}
}
