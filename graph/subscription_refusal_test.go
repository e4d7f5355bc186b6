package graph_test

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/commit"
	"followgraph/internal/live"
	"followgraph/internal/resident"
	"followgraph/internal/social"
	"followgraph/internal/viewer"
)

func repeated(id string, n int) []any {
	ids := make([]any, n)
	for i := range ids {
		ids[i] = id
	}
	return ids
}

func TestRefusedSubscriptions(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], nil)
	ada, nobody := idOf("id-ada"), idOf("id-nobody")
	const stats = `subscription ($ids: [ID!]!) { statsChanged(userIds: $ids) { deletedUserIds } }`
	const relations = `subscription ($ids: [ID!]!) { relationsChanged(userIds: $ids) { deletedUserIds } }`
	const followers = `subscription ($id: ID!) { followersChanged(userId: $id) { changes { kind } } }`
	const gained = `subscription { followersGained { edges { cursor } } }`
	for name, test := range map[string]struct {
		caller, query string
		variables     map[string]any
		after         string
		code          apperr.Code
		message       string
	}{
		"no ids":          {"", stats, map[string]any{"ids": []any{}}, "", apperr.BadUserInput, "userIds must have 1 to 100 ids, not 0"},
		"many ids":        {"", stats, map[string]any{"ids": repeated(ada, 101)}, "", apperr.BadUserInput, "userIds must have 1 to 100 ids, not 101"},
		"malformed ids":   {"", stats, map[string]any{"ids": []any{ada, "x"}}, "", apperr.BadUserInput, "userIds[1]"},
		"unknown ids":     {"", stats, map[string]any{"ids": []any{ada, nobody, ada}}, "", apperr.NotFound, "userIds[1]"},
		"ghost":           {"", followers, map[string]any{"id": idOf("ghost")}, "", apperr.NotFound, "userId"},
		"malformed id":    {"", followers, map[string]any{"id": "x"}, "", apperr.BadUserInput, "userId"},
		"unknown id":      {"", followers, map[string]any{"id": nobody}, "", apperr.NotFound, "userId"},
		"anonymous":       {"", relations, map[string]any{"ids": []any{ada}}, "", apperr.Unauthenticated, "sign in"},
		"anonymous gains": {"", gained, nil, "", apperr.Unauthenticated, "sign in"},
		"guest":           {"guest", relations, map[string]any{"ids": []any{ada}}, "", apperr.Forbidden, "no account"},
		"guest gains":     {"guest", gained, nil, "", apperr.Forbidden, "no account"},
		"no relations":    {"id-ada", relations, map[string]any{"ids": []any{}}, "", apperr.BadUserInput, "1 to 100"},
		"unknown related": {"id-ada", relations, map[string]any{"ids": []any{nobody}}, "", apperr.NotFound, "userIds[0]"},
		"no variable":     {"", followers, nil, "", apperr.ValidationFailed, "id"},
		"two fields":      {"", `subscription { a: followersGained { edges { cursor } } statsChanged(userIds: "x") { deletedUserIds } }`, nil, "", apperr.ValidationFailed, "must select only one"},
		"typename":        {"", `subscription { __typename }`, nil, "", apperr.ValidationFailed, "introspection"},
		"unknown field":   {"", `subscription { nothing }`, nil, "", apperr.ValidationFailed, "nothing"},
		"skipped": {
			"", `subscription ($all: Boolean!) { followersGained @skip(if: $all) { edges { cursor } } }`, map[string]any{"all": true}, "",
			apperr.ValidationFailed, "cannot have @skip or @include",
		},
		"included": {
			"", `subscription ($id: ID!) { followersChanged(userId: $id) @include(if: true) { changes { kind } } }`, map[string]any{"id": ada}, "",
			apperr.ValidationFailed, "cannot have @skip or @include",
		},
		"skipped fragment": {
			"", `subscription ($id: ID!) { ...F @skip(if: false) } fragment F on Subscription { followersChanged(userId: $id) { changes { kind } } }`,
			map[string]any{"id": ada}, "", apperr.ValidationFailed, "cannot have @skip or @include",
		},
		"skipped in fragments": {
			"", `subscription ($id: ID!) { ... { ...F } } fragment F on Subscription { ... @include(if: true) { followersChanged(userId: $id) { changes { kind } } } }`,
			map[string]any{"id": ada}, "", apperr.ValidationFailed, "cannot have @skip or @include",
		},
		"two aliases": {
			"", `subscription ($id: ID!) { a: followersChanged(userId: $id) { changes { kind } } b: followersChanged(userId: $id) { changes { kind } } }`,
			map[string]any{"id": ada}, "", apperr.ValidationFailed, "must select one field, not 2",
		},
		"undecided": {
			"", `subscription ($all: Boolean = true) { followersGained @skip(if: $all) { edges { cursor } } }`, map[string]any{"all": nil}, "",
			apperr.ValidationFailed, "must not be null",
		},
		"malformed position": {"", followers, map[string]any{"id": ada}, "12", apperr.BadRequest, "position"},
		"zero position":      {"", followers, map[string]any{"id": ada}, "0.0.0000000000000000", apperr.BadRequest, "position"},
		"foreign position":   {"", followers, map[string]any{"id": ada}, "8.1.0000000000000001", apperr.PositionExpired, "read the data again"},
		"expired position":   {"", followers, map[string]any{"id": ada}, "7.1.0000000000000001", apperr.PositionExpired, "read the data again"},
		"deep":               {"", `subscription { statsChanged(userIds: "` + ada + `") { users { ` + strings.Repeat("followers { nodes { ", 16) + "id" + strings.Repeat(" } }", 16) + ` } } }`, nil, "", apperr.QueryTooComplex, "levels"},
		"large": {
			"", `subscription { followersChanged(userId: "` + ada + `") { changes { edge { node { followers(first: 100) { nodes { id } } } } } } }`, nil, "",
			apperr.QueryTooComplex, "followersChanged.changes.edge.node.followers",
		},
		"large for many": {
			"", `subscription ($ids: [ID!]!) { statsChanged(userIds: $ids) { users { followers(first: 100) { nodes { followers(first: 5) { nodes { id } } } } } } }`,
			map[string]any{"ids": repeated(ada, 100)}, "", apperr.QueryTooComplex, "costs",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := viewer.With(t.Context(), viewer.Viewer{CognitoID: test.caller, Registered: strings.HasPrefix(test.caller, "id-")})
			_, err := a.subscribe(ctx, test.query, test.variables, test.after)
			require.Error(t, err)
			require.Equal(t, test.code, a.codeOf(t, err), "%v", err)
			require.ErrorContains(t, err, test.message)
		})
	}
	t.Run("not large for one", func(t *testing.T) {
		t.Parallel()
		l := a.listen(t, t.Context(), `subscription ($ids: [ID!]!) { statsChanged(userIds: $ids) { users { followers(first: 100) { nodes { followers(first: 5) { nodes { id } } } } } } }`,
			map[string]any{"ids": []any{ada}})
		l.quiet(t)
	})
	require.Eventually(t, func() bool { return a.hub.Status().Subscriptions <= 1 }, testTimeout, 1, "refused subscriptions are closed")
}

// TestClosedSubscriptions checks that without anonymous reads only callers with an account may subscribe.
func TestClosedSubscriptions(t *testing.T) {
	t.Parallel()
	opened := openWith(t, withCallers)
	service := newService(t, opened, social.Options{})
	hub := live.New(live.Options{MaxBytes: 1 << 20})
	hub.Publish(live.Commit{})
	a := newAPIWith(graph.Options{Schema: executors["compiled"](service), Service: service, Live: &graph.Live{Hub: hub, At: func(ctx context.Context, _ *resident.Version) context.Context { return ctx }}})
	query := `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { deletedUserIds } }`
	_, err := a.subscribe(t.Context(), query, nil, "")
	require.Equal(t, apperr.Unauthenticated, a.codeOf(t, err))
	_, err = a.subscribe(viewer.With(t.Context(), viewer.Viewer{CognitoID: "guest"}), query, nil, "")
	require.Equal(t, apperr.Forbidden, a.codeOf(t, err))
	l := a.listen(t, as(t, "id-ada"), query, nil)
	l.quiet(t)
	hub.Publish(live.Commit{Position: commit.Position{LSN: 1}, Changes: []live.Change{change("id-ada", "id-grace", true), change("id-grace", "id-ada", true)}})
	require.JSONEq(t, `{"statsChanged":{"deletedUserIds":[]}}`, l.wait(t))
	hub.Interrupt()
	_, err = a.subscribe(as(t, "id-ada"), query, nil, "")
	require.Equal(t, apperr.Unavailable, a.codeOf(t, err))
}

// TestSubscriptionsNeedTheGraphInMemory checks the error of a server with --graph=sql.
func TestSubscriptionsNeedTheGraphInMemory(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newAPI(t, open(t), schema)
		_, err := a.subscribe(t.Context(), `subscription { statsChanged(userIds: "`+idOf("id-ada")+`") { deletedUserIds } }`, nil, "")
		require.Equal(t, apperr.SubscriptionsNotSupported, a.codeOf(t, err))
		require.ErrorContains(t, err, "--graph=sql")
	})
}

// TestSubscriptionsDoNotRun checks that a subscription has no single response.
func TestSubscriptionsDoNotRun(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], nil)
	response, _ := a.run(t.Context(), `subscription { statsChanged(userIds: "`+idOf("id-ada")+`") { deletedUserIds } }`, nil)
	require.Empty(t, response.Data)
	require.Len(t, response.Errors, 1)
	require.Equal(t, apperr.BadRequest, response.Errors[0].Extensions["code"])
	require.Contains(t, response.Errors[0].Message, "text/event-stream")
}

// TestClosedStream checks that the methods of a stream may be called after its end.
func TestClosedStream(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], nil)
	l := a.listen(t, t.Context(), `subscription { statsChanged(userIds: "`+idOf("id-ada")+`") { deletedUserIds } }`, nil)
	require.Equal(t, a.position().String(), l.Position())
	l.Close()
	l.Close()
	a.commit(change("id-grace", "id-ada", true))
	l.quiet(t)
	require.Empty(t, l.Position())

	l = a.listen(t, t.Context(), `subscription { statsChanged(userIds: "`+idOf("id-ada")+`") { deletedUserIds } }`, nil)
	a.hub.Interrupt()
	_, err := l.next(t)
	require.Equal(t, apperr.PositionExpired, a.codeOf(t, err))
	require.Empty(t, l.Position())
}

// TestPreparedSubscription checks what a transport reads of a subscription.
func TestPreparedSubscription(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], nil)
	op, errs := a.server.Prepare(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{
		Query: `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { users { username } } }`,
	})
	require.Empty(t, errs)
	require.Equal(t, "subscription", string(op.Type()))
	require.Equal(t, "query", op.Workload().String())
	require.False(t, op.SignsInOnly())
	require.False(t, op.ReadsBudget())
	require.Positive(t, op.Cost().Total())
}
