package graph_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/live"
	"followgraph/internal/viewer"
)

// TestEventsAreCharged spends half of a budget. Then events wait and merge, and queries still have the other half.
func TestEventsAreCharged(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	a := newHubAPI(t, executors["compiled"], func(opts *graph.Options) {
		opts.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 3600, Network: 36000, Address: 3600}, clock)
	})
	from := func(id string) context.Context {
		return viewer.With(t.Context(), viewer.Viewer{CognitoID: id, Registered: true, Address: netip.MustParseAddr("192.0.2.1")})
	}
	remaining := func(ctx context.Context) int {
		response, _ := a.run(ctx, `{ rateLimit { remaining } }`, nil)
		require.Empty(t, response.Errors)
		var remaining int
		_, err := fmt.Sscanf(string(response.Data), `{"rateLimit":{"remaining":%d}}`, &remaining)
		require.NoError(t, err)
		return remaining + 1 // without the query itself
	}
	query := `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { users { username } } }`
	one, two, other := a.listen(t, from("id-ada"), query, nil), a.listen(t, from("id-ada"), query, nil), a.listen(t, from("id-grace"), query, nil)
	require.Equal(t, 3598, remaining(from("id-ada")), "to subscribe costs a point")
	a.commit(change("id-grace", "id-ada", true))
	for _, l := range []*listener{one, two, other} {
		l.wait(t)
	}
	require.Equal(t, 3596, remaining(from("id-ada")), "the event of both streams is charged once, and the query before")
	require.Equal(t, 3598, remaining(from("id-grace")))

	large := `subscription { followersChanged(userId: "` + idOf("id-ada") + `") { user { followers(first: 100) { nodes { followers(first: 45) { nodes { stats { followersCount } } } } } } } }`
	l := a.listen(t, from("id-Bo"), large, nil)
	events := 0
	for ; events < 100; events++ {
		a.commit(change("id-grace", "id-ada", events%2 == 0))
		payload, err := l.Next(t.Context())
		require.NoError(t, err)
		if payload == nil {
			break
		}
	}
	require.Positive(t, events)
	require.Less(t, events, 50)
	require.GreaterOrEqual(t, remaining(from("id-Bo")), 1800)
	a.commit(change("id-alan", "id-ada", true))
	l.quiet(t)
	mu.Lock()
	now = now.Add(time.Hour)
	mu.Unlock()
	payload, err := l.Next(t.Context()) // the timer, which needs real time, would call wake
	require.NoError(t, err)
	require.NotNil(t, payload)
	require.Equal(t, a.position().String(), payload.Position, "both commits are one event")
	l.quiet(t)

	poor := newHubAPI(t, executors["compiled"], func(opts *graph.Options) {
		opts.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 1}, clock)
	})
	poor.listen(t, from("id-ada"), query, nil)
	_, err = poor.subscribe(from("id-ada"), query, nil, "")
	require.Equal(t, apperr.RateLimited, poor.codeOf(t, err))
}

// TestWaitingStreamIsWoken checks that a stream whose caller could not pay is woken when it can.
func TestWaitingStreamIsWoken(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], func(opts *graph.Options) {
		opts.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 36_000}, time.Now) // ten points a second
	})
	query := `subscription { followersChanged(userId: "` + idOf("id-ada") + `") { user { followers(first: 100) { nodes { followers(first: 45) { nodes { stats { followersCount } } } } } } changes { kind } } }`
	l := a.listen(t, as(t, "id-Bo"), query, nil)
	commits := 0
	for ; commits < 1000; commits++ {
		a.commit(change("id-grace", "id-ada", true))
		if payload, err := l.Next(t.Context()); payload == nil {
			require.NoError(t, err)
			break
		}
	}
	require.Less(t, commits, 1000, "the budget is spent")
	require.Contains(t, l.wait(t), "GAINED")
}

// TestBusyServerDelaysEvents lets operations hold all memory. Events wait until there is some, and are charged once.
func TestBusyServerDelaysEvents(t *testing.T) {
	t.Parallel()
	memory := limit.NewMemory(limit.MaxOperationBytes, time.Millisecond)
	a := newHubAPI(t, executors["compiled"], func(opts *graph.Options) {
		opts.Memory = memory
		opts.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 10_000}, func() time.Time { return time.Unix(1, 0) })
	})
	query := `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { users { username } } }`
	for _, streams := range []int{1, 2} {
		var listeners []*listener
		for range streams {
			listeners = append(listeners, a.listen(t, as(t, "id-ada"), query, nil))
		}
		var shares []*limit.Share
		for {
			share, err := memory.Take(t.Context(), netip.Addr{}, 512<<10)
			if err != nil {
				break
			}
			shares = append(shares, share)
		}
		a.commit(change("id-grace", "id-ada", true))
		for range 3 {
			for _, l := range listeners {
				l.quiet(t)
			}
		}
		for _, share := range shares {
			share.Release()
		}
		for _, l := range listeners {
			require.JSONEq(t, `{"statsChanged":{"users":[{"username":"ada"}]}}`, l.wait(t), "the stream is woken")
			l.Close()
		}
		require.Zero(t, a.server.KeptEvents())
	}
	response, _ := a.run(as(t, "id-ada"), `{ rateLimit { used } }`, nil)
	require.JSONEq(t, `{"rateLimit":{"used":6}}`, string(response.Data), "three streams, two events and this query")
}

// TestCostOfSubscriptions checks the cost that is limited, which is that of the largest event, and what an event is
// charged, which depends on its changes.
func TestCostOfSubscriptions(t *testing.T) {
	t.Parallel()
	const resolver, followers = 21, `subscription ($id: ID!) { followersChanged(userId: $id) { changes { edge { node { id } } } } }`
	a := newHubAPIOn(t, instantStore{}, executors["compiled"], func(opts *graph.Options) {
		opts.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 10_000}, func() time.Time { return time.Unix(1, 0) })
	})
	ctx := as(t, "id-ada")
	for _, test := range []struct {
		query     string
		variables map[string]any
		want      int
	}{
		{`subscription ($ids: [ID!]!) { statsChanged(userIds: $ids) { users { id stats { followersCount } } deletedUserIds } }`, map[string]any{"ids": repeated(idOf("a"), 1)}, resolver + 1 + 2},
		{`subscription ($ids: [ID!]!) { statsChanged(userIds: $ids) { users { id stats { followersCount } } deletedUserIds } }`, map[string]any{"ids": repeated(idOf("a"), 100)}, resolver + 1 + 100*2},
		{`subscription ($ids: [ID!]!) { relationsChanged(userIds: $ids) { users { isFollowingViewer } } }`, map[string]any{"ids": repeated(idOf("a"), 10)}, resolver + 1 + 10*2 + 20},
		{followers, map[string]any{"id": idOf("a")}, resolver + 1 + 1000*3},
		{`subscription { followersGained { viewer { id } edges { node { id } } } }`, nil, resolver + 1 + 1 + 1000*2},
	} {
		op, errs := a.server.Prepare(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: test.query, Variables: test.variables})
		require.Empty(t, errs)
		require.Equal(t, test.want, op.Cost().Total(), test.query)
		require.Equal(t, 1, op.Charge().Cost, "to subscribe costs a point")
	}
	used := func() (used int) {
		response, _ := a.run(ctx, `{ rateLimit { used } }`, nil)
		_, err := fmt.Sscanf(string(response.Data), `{"rateLimit":{"used":%d}}`, &used)
		require.NoError(t, err)
		return used
	}
	l := a.listen(t, ctx, followers, map[string]any{"id": idOf("a")})
	for changes, points := range map[int]int{1: 1, 26: 1, 27: 2, 500: 16, 1000: 31} { // (22 + 3 for each change) / 100, rounded up
		before := used()
		commit := make([]live.Change, changes)
		for n := range commit {
			commit[n] = change(fmt.Sprint(n), "a", true)
		}
		a.commit(commit...)
		l.wait(t)
		require.Equal(t, points, used()-before-1, "%d changes", changes)
	}
}

// TestEventsAreChargedByBudget lets a user listen from two networks, and two anonymous callers from one. Each budget pays
// once.
func TestEventsAreChargedByBudget(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], func(opts *graph.Options) {
		opts.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 1000, Address: 1000}, func() time.Time { return time.Unix(1, 0) })
	})
	from := func(id, address string) context.Context {
		return viewer.With(t.Context(), viewer.Viewer{CognitoID: id, Registered: id != "", Address: netip.MustParseAddr(address)})
	}
	query := `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { users { username } } }`
	var listeners []*listener
	for _, caller := range [][2]string{{"id-ada", "192.0.2.1"}, {"id-ada", "198.51.100.1"}, {"", "2001:db8::1"}, {"", "2001:db8::2"}} {
		listeners = append(listeners, a.listen(t, from(caller[0], caller[1]), query, nil))
	}
	a.commit(change("id-grace", "id-ada", true))
	for _, l := range listeners {
		l.wait(t)
	}
	for _, ctx := range []context.Context{from("id-ada", "192.0.2.9"), from("", "2001:db8::9")} {
		response, _ := a.run(ctx, `{ rateLimit { used } }`, nil)
		require.JSONEq(t, `{"rateLimit":{"used":4}}`, string(response.Data), "two subscriptions, one event and this query")
	}
}
