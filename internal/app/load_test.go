package app_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// from sends an operation through a proxy that reports its address.
func (s *server) from(t *testing.T, address, token, query string, variables map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	header := http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {address}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return s.do(t, http.MethodPost, "/graphql", header, body)
}

const budgetQuery = `{ rateLimit { cost limit remaining used resetAt nodeCount } }`

func TestRateLimit(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	for _, executor := range []string{"compiled", "gqlgen"} {
		t.Run(executor, func(t *testing.T) {
			t.Parallel()
			flags := append(signInFlags(t), "--executor", executor,
				"--rate-limit=1000", "--rate-limit-anonymous=3", "--trusted-proxy=127.0.0.1")
			s := start(t, database, flags...)
			began := time.Now()
			got := s.from(t, "198.51.100.1", "", budgetQuery, nil)
			budget := got.data(t, "rateLimit")
			resetAt, err := time.Parse(time.RFC3339, budget["resetAt"].(string))
			require.NoError(t, err)
			require.WithinRange(t, resetAt, began.Add(19*time.Minute), time.Now().Add(20*time.Minute))
			delete(budget, "resetAt")
			require.Equal(t, map[string]any{"cost": 1.0, "limit": 3.0, "remaining": 2.0, "used": 1.0, "nodeCount": 1.0}, budget)
			require.Equal(t, "2", got.header.Get("X-RateLimit-Remaining"))
			reset, err := strconv.ParseInt(got.header.Get("X-RateLimit-Reset"), 10, 64)
			require.NoError(t, err)
			require.InDelta(t, resetAt.Unix(), reset, 1)

			for range 2 {
				require.Equal(t, http.StatusOK, s.from(t, "198.51.100.1", "", budgetQuery, nil).status)
			}
			refused := s.from(t, "198.51.100.1", "", budgetQuery, nil)
			require.Equal(t, http.StatusTooManyRequests, refused.status)
			require.Equal(t, "RATE_LIMITED", refused.code(t))
			after, err := strconv.Atoi(refused.header.Get("Retry-After"))
			require.NoError(t, err)
			require.LessOrEqual(t, after, 20*60)
			require.Greater(t, after, 10*60)
			require.Equal(t, http.StatusOK, s.from(t, "198.51.100.2", "", budgetQuery, nil).status)
			require.Equal(t, http.StatusOK, s.get(t, "/healthz").status)
		})
	}
}

// TestRateLimitOfUsers checks that a user has one budget at all addresses, separate from the budget of an address.
func TestRateLimitOfUsers(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), append(signInFlags(t), "--rate-limit=1000", "--rate-limit-anonymous=1", "--trusted-proxy=127.0.0.0/8")...)
	payload := s.from(t, "198.51.100.1", "", registerMutation, map[string]any{
		"username": "ada", "phone": "+41446681800", "password": password,
	})
	token := payload.data(t, "register")["token"].(string)
	for i, address := range []string{"198.51.100.1", "198.51.100.2", "2001:db8::1"} {
		budget := s.from(t, address, token, budgetQuery, nil).data(t, "rateLimit")
		require.InDelta(t, 999-i, budget["remaining"], 0)
	}
	require.Equal(t, http.StatusTooManyRequests, s.from(t, "198.51.100.1", "", budgetQuery, nil).status, "registering was the one point")
}

// TestAttemptsBehindProxy checks that sign-in attempts count for the address that a trusted proxy reports, and
// otherwise for the proxy's own address.
func TestAttemptsBehindProxy(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	try := func(s *server, address, username string) string {
		return s.from(t, address, "", loginMutation, map[string]any{"username": username, "password": "wrong"}).code(t)
	}
	for name, test := range map[string]struct {
		proxy  string
		second string // code for another address, after one address has no attempts left
	}{
		"trusted":     {"127.0.0.1/32", "UNAUTHENTICATED"},
		"not trusted": {"10.0.0.0/8", "RATE_LIMITED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, database, append(signInFlags(t), "--attempts-per-address=1", "--trusted-proxy", test.proxy)...)
			require.Equal(t, "UNAUTHENTICATED", try(s, "198.51.100.1", "ada"))
			require.Equal(t, "RATE_LIMITED", try(s, "198.51.100.1", "bob"))
			require.Equal(t, test.second, try(s, "198.51.100.2", "cleo"))
		})
	}
}
