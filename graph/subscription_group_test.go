package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/live"
	"followgraph/internal/resident"
	"followgraph/internal/viewer"
)

// counted returns an option that counts executed events.
func counted(ran *executions) func(*graph.Options) {
	return func(opts *graph.Options) { opts.Observer = ran }
}

// TestEqualSubscriptionsAreExecutedOnce lets 1,000 callers ask the same. Each event is executed once, and all get the same
// bytes.
func TestEqualSubscriptionsAreExecutedOnce(t *testing.T) {
	t.Parallel()
	ran := &executions{}
	a := newHubAPI(t, executors["compiled"], counted(ran))
	const query = `subscription ($id: ID!) { followersChanged(userId: $id) { user { username followers { nodes { username } } } changes { kind edge { node { id } } } } }`
	listeners := make([]*listener, 1000)
	for i := range listeners {
		listeners[i] = a.listen(t, as(t, fmt.Sprint("id-", i)), query, map[string]any{"id": idOf("id-ada")})
	}
	other := a.listen(t, t.Context(), query, map[string]any{"id": idOf("id-grace")})
	for n := range 3 {
		a.commit(change("id-grace", "id-ada", n%2 == 0))
		payloads := make([]*graph.Payload, len(listeners))
		var asking sync.WaitGroup
		for i, l := range listeners {
			asking.Go(func() {
				payload, err := l.Next(t.Context())
				if err != nil || payload == nil {
					t.Errorf("no payload: %v", err)
					return
				}
				payloads[i] = payload
			})
		}
		asking.Wait()
		for _, payload := range payloads {
			require.Same(t, unsafe.SliceData(payloads[0].Body), unsafe.SliceData(payload.Body))
			require.Equal(t, a.position().String(), payload.Position)
		}
		require.Equal(t, int64(n+1), ran.events.Load())
	}
	other.quiet(t)
	require.Zero(t, a.server.KeptEvents(), "every stream has the events")
	for _, l := range listeners {
		l.Close()
	}
	other.Close()
	require.Zero(t, a.server.Groups())
}

// TestSlowStreamsMergeEvents lets a stream of a group fall behind. It gets one event for all commits, and the responses
// that it has skipped are not kept.
func TestSlowStreamsMergeEvents(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], nil)
	query := `subscription { followersChanged(userId: "` + idOf("id-ada") + `") { changes { kind followerId } } }`
	slow, fast := a.listen(t, t.Context(), query, nil), a.listen(t, t.Context(), query, nil)
	for n := range 20 {
		a.commit(change(fmt.Sprint("id-", n), "id-ada", true))
		require.Contains(t, fast.wait(t), idOf(fmt.Sprint("id-", n)))
	}
	require.LessOrEqual(t, a.server.KeptEvents(), 8)
	data := slow.wait(t)
	for n := range 20 {
		require.Contains(t, data, idOf(fmt.Sprint("id-", n)))
	}
	slow.quiet(t)
	require.Equal(t, fast.Position(), slow.Position())
	slow.Close()
	fast.Close()
	require.Zero(t, a.server.KeptEvents())
}

// TestEventsOfCallersAreNotShared reads fields that depend on the caller, in documents that hide them.
func TestEventsOfCallersAreNotShared(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		field string
		want  map[string]string // by caller
	}{
		"private":    {"email", map[string]string{"": "null", "id-grace": "null", "id-ada": `"ada@example.com"`, "id-OPT_USER": `"ada@example.com"`}},
		"isViewer":   {"isViewer", map[string]string{"": "false", "id-grace": "false", "id-ada": "true"}},
		"relation":   {"viewerIsFollowing", map[string]string{"": "false", "id-grace": "true", "id-ada": "false", "id-Bo": "true"}},
		"connection": {"followersYouKnow { nodes { username } }", map[string]string{"": `{"nodes":[]}`, "id-layla": `{"nodes":[{"username":"grace"}]}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ran := &executions{}
			a := newHubAPI(t, executors["compiled"], counted(ran))
			for _, query := range []string{
				`subscription ($id: ID!, $in: Boolean = true) { statsChanged(userIds: [$id]) { users { ... @include(if: $in) { it: %s } } } }`,
				`subscription ($id: ID!) { ...A } fragment A on Subscription { statsChanged(userIds: [$id]) { users { ...B } } } fragment B on User { ... { it: %s } }`,
			} {
				query, id := fmt.Sprintf(query, test.field), map[string]any{"id": idOf("id-ada")}
				before := ran.events.Load()
				listeners := map[string][]*listener{}
				for caller := range test.want {
					for range 2 {
						listeners[caller] = append(listeners[caller], a.listen(t, as(t, caller), query, id))
					}
				}
				a.commit(change("id-grace", "id-ada", true))
				for caller, want := range test.want {
					for _, l := range listeners[caller] {
						require.JSONEq(t, `{"statsChanged":{"users":[{"it":`+want+`}]}}`, l.wait(t), caller)
						l.Close()
					}
				}
				require.Equal(t, int64(len(test.want)), ran.events.Load()-before, "once for each caller")
			}
		})
	}
}

// TestDifferentQuestionsAreNotShared changes one part of the question at a time.
func TestDifferentQuestionsAreNotShared(t *testing.T) {
	t.Parallel()
	ran := &executions{}
	a := newHubAPI(t, executors["compiled"], counted(ran))
	const query = `subscription One($ids: [ID!]!, $all: Boolean = true) { statsChanged(userIds: $ids) { users { username role @include(if: $all) } } }
		subscription Two($ids: [ID!]!) { statsChanged(userIds: $ids) { users { username } } }`
	ada := map[string]any{"ids": []any{idOf("id-ada")}}
	both := map[string]any{"ids": []any{idOf("id-ada"), idOf("id-grace")}}
	listeners := []*listener{}
	for _, variables := range []map[string]any{ada, both, {"ids": []any{idOf("id-ada")}, "all": false}} {
		listeners = append(listeners, a.listenTo(t, query, "One", variables), a.listenTo(t, query+" ", "One", variables))
	}
	listeners = append(listeners, a.listenTo(t, query, "Two", ada))
	a.commit(change("id-grace", "id-ada", true))
	for _, l := range listeners {
		l.wait(t)
	}
	require.Equal(t, int64(len(listeners)), ran.events.Load())
}

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

// TestStreamsComeAndGo subscribes, reads and closes at random, while commits go on. Nothing remains.
func TestStreamsComeAndGo(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], nil)
	stop := make(chan struct{})
	var committing, reading sync.WaitGroup
	committing.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				a.commit(change("id-grace", []string{"id-ada", "id-Bo"}[n%2], n%3 == 0))
			}
		}
	})
	for reader := range 16 {
		reading.Go(func() {
			r := rand.New(rand.NewPCG(uint64(reader), 0))
			for range 20 {
				user := []string{"id-ada", "id-Bo"}[r.IntN(2)]
				l, err := a.subscribe(as(t, "id-alan"), `subscription ($id: ID!) { followersChanged(userId: $id) { user { isViewer } changes { kind } } }`,
					map[string]any{"id": idOf(user)}, "")
				if err != nil {
					t.Error(err)
					return
				}
				for range r.IntN(20) {
					if _, err := l.Next(t.Context()); apperr.CodeOf(err) == apperr.PositionExpired {
						break // the commits were faster
					} else if err != nil {
						t.Error(err)
					}
				}
				l.Close()
			}
		})
	}
	reading.Wait()
	close(stop)
	committing.Wait()
	require.Zero(t, a.server.Groups())
	require.Zero(t, a.server.KeptEvents())
	require.Zero(t, a.server.KeptBytes())
	require.Zero(t, a.hub.Status().Subscriptions)
}

// TestKeptEventsAreBounded keeps large responses for streams that do not read.
func TestKeptEventsAreBounded(t *testing.T) {
	t.Parallel()
	a := newHubAPIOn(t, instantStore{}, executors["compiled"], nil)
	var changes []live.Change
	for n := range live.MaxCommitChanges {
		changes = append(changes, change(strings.Repeat("x", 350)+fmt.Sprint(n), "id-ada", true))
	}
	var stuck []*listener
	for n := range 50 { // each group keeps about 850 KB
		query := fmt.Sprintf(`subscription { a%d: followersChanged(userId: "%s") { changes { edge { node { username } } followerId } } }`, n, idOf("id-ada"))
		stuck = append(stuck, a.listen(t, t.Context(), query, nil))
		l := a.listen(t, t.Context(), query, nil)
		a.commit(changes...)
		payload, err := l.Next(t.Context())
		require.NoError(t, err)
		require.Greater(t, len(payload.Body), 500_000)
		require.LessOrEqual(t, a.server.KeptBytes(), 32<<20)
	}
	require.Less(t, a.server.KeptEvents(), 50)
	require.Greater(t, a.server.KeptBytes(), 28<<20)
	for _, l := range stuck {
		l.Close()
	}
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

// TestFaultInEvent checks that a panic outside of resolvers ends the streams with an error, and nothing else.
func TestFaultInEvent(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], func(opts *graph.Options) {
		opts.Live.At = func(context.Context, *resident.Version) context.Context { panic("a fault") }
	})
	query := `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { users { username } } }`
	one, two := a.listen(t, t.Context(), query, nil), a.listen(t, t.Context(), query, nil)
	a.commit(change("id-grace", "id-ada", true))
	for _, l := range []*listener{one, two} {
		_, err := l.next(t)
		require.Equal(t, apperr.Internal, a.codeOf(t, err))
	}
	require.Zero(t, a.server.KeptEvents())
}

// TestStreamLeavesWhileAnotherExecutes ends the context of a stream that waits for an execution of another one.
func TestStreamLeavesWhileAnotherExecutes(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	a := newHubAPI(t, executors["compiled"], func(opts *graph.Options) {
		opts.Live.At = func(ctx context.Context, _ *resident.Version) context.Context {
			close(begun)
			<-finish
			return ctx
		}
	})
	query := `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { users { username } } }`
	one, two := a.listen(t, t.Context(), query, nil), a.listen(t, t.Context(), query, nil)
	a.commit(change("id-grace", "id-ada", true))
	var executing sync.WaitGroup
	leaving, leave := context.WithCancel(t.Context())
	executing.Go(func() {
		if _, err := one.Next(leaving); err != nil { // it began before its client left, for the other
			t.Error(err)
		}
	})
	<-begun
	_, err := two.Next(canceled(t))
	require.ErrorIs(t, err, context.Canceled)
	leave()
	close(finish)
	require.JSONEq(t, `{"statsChanged":{"users":[{"username":"ada"}]}}`, two.wait(t))
	executing.Wait()
}

func canceled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
