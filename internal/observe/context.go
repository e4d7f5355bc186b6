package observe

import "context"

type observerKey struct{}

// With returns a context whose work o is told of.
func With(ctx context.Context, o Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, o)
}

// From returns the observer of ctx, one that observes nothing where it has none.
func From(ctx context.Context) Observer {
	if o, ok := ctx.Value(observerKey{}).(Observer); ok {
		return o
	}
	return Nothing{}
}

type trustedKey struct{}

// WithTrusted returns a context whose document is a trusted one: the names of its operations are few, and may be told.
func WithTrusted(ctx context.Context) context.Context {
	return context.WithValue(ctx, trustedKey{}, true)
}

// IsTrusted tells whether the document of ctx is a trusted one.
func IsTrusted(ctx context.Context) bool { return ctx.Value(trustedKey{}) != nil }
