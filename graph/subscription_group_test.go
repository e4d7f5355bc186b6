package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/live"
	"followgraph/internal/resident"
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

// TestStreamLeavesWhileAnotherExecutes ends the context of a stream that waits for an execution of another one. If only its
// time is over, it asks again.
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
	late, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	payload, err := two.Next(late)
	require.NoError(t, err, "the stream waits on")
	require.Nil(t, payload)
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
