package graph_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/live"
	"followgraph/internal/mirror"
	"followgraph/internal/observe"
	"followgraph/internal/resident"
	"followgraph/internal/social"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
	"followgraph/internal/timestamp"
	"followgraph/internal/viewer"
)

// liveAPI is an api on a database whose commits the graph in memory follows.
type liveAPI struct {
	*api
	conn *pgx.Conn
	hub  *live.Hub
}

// newLiveAPI opens the test graph. adjust changes the options of the server; nil: not.
func newLiveAPI(t *testing.T, schema newSchema, adjust func(*graph.Options)) *liveAPI {
	t.Helper()
	url := testdb.New(t)
	fill(t, url, withCallers)
	opened, err := store.Open(t.Context(), url, store.Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(opened.Close)
	hub := live.New(live.Options{MaxBytes: 1 << 20})
	m := mirror.New(mirror.Options{
		Stream: changes.Options{URL: url, Acknowledge: 100 * time.Millisecond}, Store: opened, MaxMemory: 1 << 30, MaxStaleness: time.Hour,
		Estimate: func(context.Context) (int64, error) { return 0, nil },
		Live:     hub, Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })

	service := newService(t, m.Store(), social.Options{AnonymousReads: true, Accounts: m})
	opts := graph.Options{Schema: schema(service), Service: service, Live: &graph.Live{Hub: hub, At: m.At}}
	if adjust != nil {
		adjust(&opts)
	}
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	require.Eventually(t, func() bool {
		s, err := hub.Subscribe(live.Topic{Kind: live.Gained, Viewer: "id-ada"}, commit.Position{}, func() {})
		if err != nil {
			return false
		}
		s.Close()
		return true
	}, testTimeout, time.Millisecond)
	return &liveAPI{newAPIWith(opts), conn, hub}
}

const testTimeout = time.Minute

// exec changes the graph behind the back of the server.
func (a *liveAPI) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := a.conn.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// follow makes a user follow another one, by a mutation.
func (a *liveAPI) follow(t *testing.T, follower, following string) {
	t.Helper()
	a.mutate(t, follower, "followUser", following)
}

// unfollow makes a user follow another one no longer.
func (a *liveAPI) unfollow(t *testing.T, follower, following string) {
	t.Helper()
	a.mutate(t, follower, "unfollowUser", following)
}

func (a *liveAPI) mutate(t *testing.T, caller, mutation, user string) {
	t.Helper()
	response, _ := a.run(as(t, caller), `mutation { `+mutation+`(input: {userId: "`+idOf(user)+`"}) { changed } }`, nil)
	require.Empty(t, response.Errors)
	require.JSONEq(t, `{"`+mutation+`":{"changed":true}}`, string(response.Data))
}

// as returns a context with a caller who has an account; anonymous for an empty id.
func as(t *testing.T, cognitoID string) context.Context {
	t.Helper()
	return viewer.With(t.Context(), viewer.Viewer{CognitoID: cognitoID, Registered: cognitoID != "", Operator: cognitoID == "id-OPT_USER"})
}

// listener is a stream whose events a test reads.
type listener struct {
	*graph.Stream
	woken chan struct{}
}

// subscribe begins a subscription.
func (a *api) subscribe(ctx context.Context, query string, variables map[string]any, after string) (*listener, error) {
	return a.subscribeTo(ctx, &graphql.RawParams{Query: query, Variables: variables}, after)
}

func (a *api) subscribeTo(ctx context.Context, params *graphql.RawParams, after string) (*listener, error) {
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := a.server.Prepare(ctx, params)
	if errs != nil {
		return nil, errs
	}
	l := &listener{woken: make(chan struct{}, 1)}
	stream, err := a.server.Subscribe(ctx, op, after, func() {
		select {
		case l.woken <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, err
	}
	l.Stream = stream
	return l, nil
}

// listenTo begins an operation of a document as an anonymous caller, which ends with the test.
func (a *api) listenTo(t *testing.T, query, name string, variables map[string]any) *listener {
	t.Helper()
	l, err := a.subscribeTo(t.Context(), &graphql.RawParams{Query: query, OperationName: name, Variables: variables}, "")
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

// listen begins a subscription, which ends with the test.
func (a *api) listen(t *testing.T, ctx context.Context, query string, variables map[string]any) *listener { //nolint:revive // t comes first
	t.Helper()
	return a.resume(t, ctx, query, variables, "")
}

// resume is listen after a position.
func (a *api) resume(t *testing.T, ctx context.Context, query string, variables map[string]any, after string) *listener { //nolint:revive // t comes first
	t.Helper()
	l, err := a.subscribe(ctx, query, variables, after)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

// event is a payload.
type event struct {
	Data       json.RawMessage
	Errors     gqlerror.List
	Extensions map[string]any
	position   string
}

// next waits for the next event or the end.
func (l *listener) next(t *testing.T) (*event, error) {
	t.Helper()
	late := time.NewTimer(testTimeout)
	defer late.Stop()
	for {
		payload, err := l.Next(t.Context())
		if err != nil {
			return nil, err
		}
		if payload != nil {
			e := &event{position: payload.Position}
			require.NoError(t, json.Unmarshal(payload.Body, e), string(payload.Body))
			require.Equal(t, map[string]any{"position": payload.Position}, e.Extensions)
			return e, nil
		}
		select {
		case <-l.woken:
		case <-late.C:
			require.Fail(t, "no event")
		}
	}
}

// wait waits for the next event, which must have no errors, and returns its data.
func (l *listener) wait(t *testing.T) string {
	t.Helper()
	e, err := l.next(t)
	require.NoError(t, err)
	require.Empty(t, e.Errors)
	return string(e.Data)
}

// quiet checks that no event waits.
func (l *listener) quiet(t *testing.T) {
	t.Helper()
	payload, err := l.Next(t.Context())
	require.NoError(t, err)
	if payload != nil {
		require.Fail(t, "an event", string(payload.Body))
	}
}

// codeOf returns the code of an error as a client sees it.
func (a *api) codeOf(t *testing.T, err error) apperr.Code {
	t.Helper()
	var list gqlerror.List
	if e, ok := err.(gqlerror.List); ok { //nolint:errorlint // of Prepare
		list = e
	} else {
		list = gqlerror.List{gqlerror.Wrap(err)}
	}
	response := a.server.Refuse(graphql.StartOperationTrace(t.Context()), nil, list)
	require.Len(t, response.Errors, 1)
	switch code := response.Errors[0].Extensions["code"].(type) {
	case apperr.Code:
		return code
	case string: // gqlgen's errors
		return apperr.Code(code)
	default:
		return ""
	}
}

// hubAPI is an api whose commits a test makes up. Its users come from a store.
type hubAPI struct {
	*api
	hub *live.Hub
	lsn uint64
}

// newHubAPI returns an api on the test graph, which reads by SQL. adjust changes the options of the server; nil: not.
func newHubAPI(t *testing.T, schema newSchema, adjust func(*graph.Options)) *hubAPI {
	t.Helper()
	return newHubAPIOn(t, openWith(t, withCallers), schema, adjust)
}

func newHubAPIOn(t *testing.T, s social.Store, schema newSchema, adjust func(*graph.Options)) *hubAPI {
	t.Helper()
	a := &hubAPI{hub: live.New(live.Options{MaxBytes: 64 << 20}), lsn: 1000}
	service := newService(t, s, social.Options{AnonymousReads: true})
	opts := graph.Options{Schema: schema(service), Service: service, Live: &graph.Live{
		Hub: a.hub, At: func(ctx context.Context, _ *resident.Version) context.Context { return ctx },
	}}
	if adjust != nil {
		adjust(&opts)
	}
	a.api = newAPIWith(opts)
	a.commit()
	return a
}

func (a *hubAPI) position() commit.Position {
	return commit.Position{System: 7, Timeline: 1, LSN: a.lsn}
}

// commit publishes a commit with changes.
func (a *hubAPI) commit(changed ...live.Change) {
	a.lsn++
	a.hub.Publish(live.Commit{Position: a.position(), At: time.Now(), Changes: changed})
}

// change returns a change of a follow.
func change(follower, following string, added bool) live.Change {
	return live.Change{Follower: follower, Following: following, StartedAt: timestamp.FromUnixMicro(1_700_000_000_000_000), ID: 1, Added: added}
}

// executions counts the events that are executed.
type executions struct {
	observe.Nothing
	events atomic.Int64
}

func (e *executions) OperationEnds(_ context.Context, o observe.Operation) {
	if o.Type == "subscription" && o.Ran {
		e.events.Add(1)
	}
}
