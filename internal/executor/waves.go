package executor

import "context"

// Waves is notified when resolver calls begin and end. An implementation that batches the lookups of resolvers can
// therefore tell when a batch is complete: when every started call either waits for its lookup or has ended.
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
