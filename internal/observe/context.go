package observe

import "context"

type observerKey struct{}

// With returns a context whose work o observes.
func With(ctx context.Context, o Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, o)
}

// From returns the observer of ctx, or Nothing.
func From(ctx context.Context) Observer {
	if o, ok := ctx.Value(observerKey{}).(Observer); ok {
		return o
	}
	return Nothing{}
}

type trustedKey struct{}

// WithTrusted returns a context whose document is trusted. There are few trusted operations, so logs and metrics may
// contain their names.
func WithTrusted(ctx context.Context) context.Context {
	return context.WithValue(ctx, trustedKey{}, true)
}

// IsTrusted reports whether the document of ctx is trusted.
func IsTrusted(ctx context.Context) bool { return ctx.Value(trustedKey{}) != nil }
