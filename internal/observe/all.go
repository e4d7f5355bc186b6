package observe

import (
	"context"
	"net/http"
)

// All returns an observer that calls several observers in order. It returns nil if there are none.
func All(observers ...Observer) Observer {
	switch len(observers) {
	case 0:
		return nil
	case 1:
		return observers[0]
	default:
		return all(observers)
	}
}

type all []Observer

func (a all) RequestBegins(ctx context.Context, method string, header http.Header) context.Context {
	for _, o := range a {
		ctx = o.RequestBegins(ctx, method, header)
	}
	return ctx
}

func (a all) RequestEnds(ctx context.Context, r Request) {
	for _, o := range a {
		o.RequestEnds(ctx, r)
	}
}

func (a all) Refused(ctx context.Context, reason Refusal) {
	for _, o := range a {
		o.Refused(ctx, reason)
	}
}

func (a all) OperationBegins(ctx context.Context) context.Context {
	for _, o := range a {
		ctx = o.OperationBegins(ctx)
	}
	return ctx
}

func (a all) OperationEnds(ctx context.Context, operation Operation) {
	for _, o := range a {
		o.OperationEnds(ctx, operation)
	}
}

func (a all) SubscriptionBegins(ctx context.Context, transport Transport) {
	for _, o := range a {
		o.SubscriptionBegins(ctx, transport)
	}
}

func (a all) SubscriptionSent(ctx context.Context, transport Transport, bytes int) {
	for _, o := range a {
		o.SubscriptionSent(ctx, transport, bytes)
	}
}

func (a all) SubscriptionEnds(ctx context.Context, s Subscription) {
	for _, o := range a {
		o.SubscriptionEnds(ctx, s)
	}
}

func (a all) Wave(ctx context.Context, batches int) {
	for _, o := range a {
		o.Wave(ctx, batches)
	}
}

func (a all) Overdue(ctx context.Context, batches int) {
	for _, o := range a {
		o.Overdue(ctx, batches)
	}
}

func (a all) BatchBegins(ctx context.Context, b Batch) context.Context {
	for _, o := range a {
		ctx = o.BatchBegins(ctx, b)
	}
	return ctx
}

func (a all) BatchEnds(ctx context.Context, b Batch, err error) {
	for _, o := range a {
		o.BatchEnds(ctx, b, err)
	}
}

func (a all) GroupBegins(ctx context.Context, g Group) context.Context {
	for _, o := range a {
		ctx = o.GroupBegins(ctx, g)
	}
	return ctx
}

func (a all) GroupEnds(ctx context.Context, g Group, err error) {
	for _, o := range a {
		o.GroupEnds(ctx, g, err)
	}
}

func (a all) Account(ctx context.Context, e AccountEvent) {
	for _, o := range a {
		o.Account(ctx, e)
	}
}

func (a all) Statement(ctx context.Context, s Statement) {
	for _, o := range a {
		o.Statement(ctx, s)
	}
}
