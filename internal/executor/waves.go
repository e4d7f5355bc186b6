package executor

import "context"

// Waves is notified of the calls of resolvers. Resolvers that wait for each other, for example to batch their lookups,
// learn when a batch is complete: as soon as every started call either waits or has ended.
type Waves interface {
	// Begin announces that calls start. No other call starts before all of them have ended.
	Begin(calls int)
	// End announces that one call has ended. It may be called concurrently.
	End()
}

type wavesKey struct{}

// WithWaves returns a context whose operation notifies waves, if the operation runs compiled.
func WithWaves(ctx context.Context, waves Waves) context.Context {
	return context.WithValue(ctx, wavesKey{}, waves)
}

// noWaves is used if the context has no Waves.
type noWaves struct{}

func (noWaves) Begin(int) {}
func (noWaves) End()      {}

func wavesOf(ctx context.Context) Waves {
	if waves, ok := ctx.Value(wavesKey{}).(Waves); ok {
		return waves
	}
	return noWaves{}
}
