package zoo

import (
	"context"
	"strconv"
)

// stream returns a channel with a number of values, which is nil for some seeds. The error is that of the resolver.
func stream[T any](ctx context.Context, times int, create func(seed) T) (<-chan T, error) {
	s := rootSeed(ctx).forField(ctx)
	if err := s.fail(); err != nil {
		return nil, err
	}
	values := make(chan T, times)
	for i := range times {
		values <- create(s.at(strconv.Itoa(i)))
	}
	close(values)
	return values, nil
}

func (subscriptionResolver) Keeper(ctx context.Context, _ string, _ *KeeperFilter) (<-chan *Keeper, error) {
	return stream(ctx, 3, seed.maybeKeeper)
}

func (subscriptionResolver) Keepers(ctx context.Context, times int) (<-chan *Keeper, error) {
	return stream(ctx, times, seed.maybeKeeper)
}

func (subscriptionResolver) Words(ctx context.Context, times *int) (<-chan *string, error) {
	if times == nil {
		times = new(1)
	}
	return stream(ctx, *times, func(s seed) *string { return optional(s, func(s seed) string { return s.words("word") }) })
}

func (subscriptionResolver) Beings(ctx context.Context) (<-chan []Being, error) {
	return stream(ctx, 2, func(s seed) []Being { return listOf(s, 3, seed.being) })
}

func (subscriptionResolver) Passed(ctx context.Context) (<-chan *Place, error) {
	return stream(ctx, 2, func(s seed) *Place { return optional(s, seed.place) })
}
