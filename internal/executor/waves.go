package executor

import "context"

// Waves is told which calls of resolvers run. Resolvers that wait for each other, such as those whose lookups are batched,
// know from it when nothing more can come: as soon as every call that began waits or has ended.
type Waves interface {
	// Begin is told that so many calls start. No other call starts before all of them have ended.
	Begin(calls int)
	// End is told that one of them has ended. It may be called by several goroutines at once.
	End()
}

type wavesKey struct{}

// WithWaves returns a context whose operation tells waves of its calls, where the compiled executor runs it.
func WithWaves(ctx context.Context, waves Waves) context.Context {
	return context.WithValue(ctx, wavesKey{}, waves)
}

// untold is told of calls where nothing else is.
type noWaves struct{}

func (noWaves) Begin(int) {}
func (noWaves) End()      {}

func wavesOf(ctx context.Context) Waves {
	if waves, ok := ctx.Value(wavesKey{}).(Waves); ok {
		return waves
	}
	return noWaves{}
}
