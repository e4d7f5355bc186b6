package observe_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/observe"
)

type whoKey struct{}

// witness notes what it is told, and puts its name into every context.
type witness struct {
	name string
	told *[]string
}

func (w witness) note(ctx context.Context, what string) context.Context {
	so, _ := ctx.Value(whoKey{}).(string)
	*w.told = append(*w.told, w.name+" "+what+" "+so)
	return context.WithValue(ctx, whoKey{}, so+w.name)
}

func (w witness) RequestBegins(ctx context.Context, method string, _ http.Header) context.Context {
	return w.note(ctx, "request begins "+method)
}
func (w witness) RequestEnds(ctx context.Context, _ observe.Request) { w.note(ctx, "request ends") }
func (w witness) Refused(ctx context.Context, r observe.Refusal)     { w.note(ctx, string(r)) }
func (w witness) OperationBegins(ctx context.Context) context.Context {
	return w.note(ctx, "operation begins")
}
func (w witness) OperationEnds(ctx context.Context, _ observe.Operation) {
	w.note(ctx, "operation ends")
}
func (w witness) Wave(ctx context.Context, _ int)    { w.note(ctx, "wave") }
func (w witness) Overdue(ctx context.Context, _ int) { w.note(ctx, "overdue") }
func (w witness) BatchBegins(ctx context.Context, _ observe.Batch) context.Context {
	return w.note(ctx, "batch begins")
}
func (w witness) BatchEnds(ctx context.Context, _ observe.Batch, err error) {
	w.note(ctx, "batch ends "+err.Error())
}
func (w witness) GroupBegins(ctx context.Context, _ observe.Group) context.Context {
	return w.note(ctx, "group begins")
}
func (w witness) GroupEnds(ctx context.Context, _ observe.Group, err error) {
	w.note(ctx, "group ends "+err.Error())
}
func (w witness) Account(ctx context.Context, e observe.AccountEvent) {
	w.note(ctx, "account "+string(e.Action))
}
func (w witness) Statement(ctx context.Context, _ observe.Statement) { w.note(ctx, "statement") }

// TestAll tells two observers: each is told of everything, and what begins gets the context of the one before.
func TestAll(t *testing.T) {
	t.Parallel()
	var told []string
	both := observe.All(witness{"a", &told}, witness{"b", &told})
	failed := errors.New("failed")
	ctx := t.Context()
	both.RequestEnds(both.RequestBegins(ctx, "GET", nil), observe.Request{})
	both.Refused(ctx, observe.Shed)
	both.OperationEnds(both.OperationBegins(ctx), observe.Operation{})
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
		"a wave ", "b wave ",
		"a overdue ", "b overdue ",
		"a batch begins ", "b batch begins a", "a batch ends failed ab", "b batch ends failed ab",
		"a group begins ", "b group begins a", "a group ends failed ab", "b group ends failed ab",
		"a account sign_in ", "b account sign_in ",
		"a statement ", "b statement ",
	}, told)
}

func TestFewObservers(t *testing.T) {
	t.Parallel()
	require.Nil(t, observe.All())
	require.Equal(t, observe.Nothing{}, observe.All(observe.Nothing{}))
}

func TestContext(t *testing.T) {
	t.Parallel()
	require.Equal(t, observe.Nothing{}, observe.From(t.Context()))
	w := witness{name: "a"}
	require.Equal(t, w, observe.From(observe.With(t.Context(), w)))
	require.False(t, observe.IsTrusted(t.Context()))
	require.True(t, observe.IsTrusted(observe.WithTrusted(t.Context())))
}
