package observe

import (
	"context"
	"net/http"
)

// Nothing observes nothing.
type Nothing struct{}

var _ Observer = Nothing{}

// RequestBegins does nothing.
func (Nothing) RequestBegins(ctx context.Context, _ string, _ http.Header) context.Context {
	return ctx
}

// RequestEnds does nothing.
func (Nothing) RequestEnds(context.Context, Request) {}

// Refused does nothing.
func (Nothing) Refused(context.Context, Refusal) {}

// OperationBegins does nothing.
func (Nothing) OperationBegins(ctx context.Context) context.Context { return ctx }

// OperationEnds does nothing.
func (Nothing) OperationEnds(context.Context, Operation) {}

// SubscriptionBegins does nothing.
func (Nothing) SubscriptionBegins(context.Context, Transport) {}

// SubscriptionSent does nothing.
func (Nothing) SubscriptionSent(context.Context, Transport, int) {}

// SubscriptionEnds does nothing.
func (Nothing) SubscriptionEnds(context.Context, Subscription) {}

// Wave does nothing.
func (Nothing) Wave(context.Context, int) {}

// Overdue does nothing.
func (Nothing) Overdue(context.Context, int) {}

// BatchBegins does nothing.
func (Nothing) BatchBegins(ctx context.Context, _ Batch) context.Context { return ctx }

// BatchEnds does nothing.
func (Nothing) BatchEnds(context.Context, Batch, error) {}

// GroupBegins does nothing.
func (Nothing) GroupBegins(ctx context.Context, _ Group) context.Context { return ctx }

// GroupEnds does nothing.
func (Nothing) GroupEnds(context.Context, Group, error) {}

// Account does nothing.
func (Nothing) Account(context.Context, AccountEvent) {}

// Statement does nothing.
func (Nothing) Statement(context.Context, Statement) {}
