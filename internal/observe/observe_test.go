package observe_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/observe"
)

type namesKey struct{}

// recorder records its calls, and appends its name to every context.
type recorder struct {
	name  string
	calls *[]string
}

func (r recorder) note(ctx context.Context, call string) context.Context {
	names, _ := ctx.Value(namesKey{}).(string)
	*r.calls = append(*r.calls, r.name+" "+call+" "+names)
	return context.WithValue(ctx, namesKey{}, names+r.name)
}

func (r recorder) RequestBegins(ctx context.Context, method string, _ http.Header) context.Context {
	return r.note(ctx, "request begins "+method)
}
func (r recorder) RequestEnds(ctx context.Context, _ observe.Request)  { r.note(ctx, "request ends") }
func (r recorder) Refused(ctx context.Context, reason observe.Refusal) { r.note(ctx, string(reason)) }
func (r recorder) OperationBegins(ctx context.Context) context.Context {
	return r.note(ctx, "operation begins")
}
func (r recorder) OperationEnds(ctx context.Context, _ observe.Operation) {
	r.note(ctx, "operation ends")
}
func (r recorder) SubscriptionBegins(ctx context.Context, transport observe.Transport) {
	r.note(ctx, "subscription begins "+string(transport))
}
func (r recorder) SubscriptionSent(ctx context.Context, _ observe.Transport, _ int) {
	r.note(ctx, "subscription sent")
}
func (r recorder) SubscriptionEnds(ctx context.Context, s observe.Subscription) {
	r.note(ctx, "subscription ends "+string(s.End))
}
func (r recorder) Wave(ctx context.Context, _ int)    { r.note(ctx, "wave") }
func (r recorder) Overdue(ctx context.Context, _ int) { r.note(ctx, "overdue") }
func (r recorder) BatchBegins(ctx context.Context, _ observe.Batch) context.Context {
	return r.note(ctx, "batch begins")
}
func (r recorder) BatchEnds(ctx context.Context, _ observe.Batch, err error) {
	r.note(ctx, "batch ends "+err.Error())
}
func (r recorder) GroupBegins(ctx context.Context, _ observe.Group) context.Context {
	return r.note(ctx, "group begins")
}
func (r recorder) GroupEnds(ctx context.Context, _ observe.Group, err error) {
	r.note(ctx, "group ends "+err.Error())
}
func (r recorder) Account(ctx context.Context, e observe.AccountEvent) {
	r.note(ctx, "account "+string(e.Action))
}
func (r recorder) Statement(ctx context.Context, _ observe.Statement) { r.note(ctx, "statement") }

// TestAll calls two observers. Each receives every event, and the second one receives the context of the first one.
func TestAll(t *testing.T) {
	t.Parallel()
	var calls []string
	both := observe.All(recorder{"a", &calls}, recorder{"b", &calls})
	failed := errors.New("failed")
	ctx := t.Context()
	both.RequestEnds(both.RequestBegins(ctx, "GET", nil), observe.Request{})
	both.Refused(ctx, observe.Shed)
	both.OperationEnds(both.OperationBegins(ctx), observe.Operation{})
	both.SubscriptionBegins(ctx, observe.WebSocket)
	both.SubscriptionSent(ctx, observe.WebSocket, 1)
	both.SubscriptionEnds(ctx, observe.Subscription{End: observe.EndedByClient})
	both.Wave(ctx, 1)
	both.Overdue(ctx, 1)
	both.BatchEnds(both.BatchBegins(ctx, observe.Batch{}), observe.Batch{}, failed)
	both.GroupEnds(both.GroupBegins(ctx, observe.Group{}), observe.Group{}, failed)
	both.Account(ctx, observe.AccountEvent{Action: observe.SignIn})
	both.Statement(ctx, observe.Statement{})
	require.Equal(t, []string{
		"a request begins GET ", "b request begins GET a", "a request ends ab", "b request ends ab",
		"a shed ", "b shed ",
		"a operation begins ", "b operation begins a", "a operation ends ab", "b operation ends ab",
		"a subscription begins websocket ", "b subscription begins websocket ",
		"a subscription sent ", "b subscription sent ",
		"a subscription ends client ", "b subscription ends client ",
		"a wave ", "b wave ",
		"a overdue ", "b overdue ",
		"a batch begins ", "b batch begins a", "a batch ends failed ab", "b batch ends failed ab",
		"a group begins ", "b group begins a", "a group ends failed ab", "b group ends failed ab",
		"a account sign_in ", "b account sign_in ",
		"a statement ", "b statement ",
	}, calls)
}

func TestFewObservers(t *testing.T) {
	t.Parallel()
	require.Nil(t, observe.All())
	require.Equal(t, observe.Nothing{}, observe.All(observe.Nothing{}))
}

func TestContext(t *testing.T) {
	t.Parallel()
	require.Equal(t, observe.Nothing{}, observe.From(t.Context()))
	w := recorder{name: "a"}
	require.Equal(t, w, observe.From(observe.With(t.Context(), w)))
	require.False(t, observe.IsTrusted(t.Context()))
	require.True(t, observe.IsTrusted(observe.WithTrusted(t.Context())))
}
