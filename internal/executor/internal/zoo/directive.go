package zoo

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// directives implement the directives of the schema.
var directives = DirectiveRoot{
	Limit: func(ctx context.Context, _ any, next graphql.Resolver, most int) (any, error) {
		value, err := next(ctx)
		if number, ok := value.(*int); ok && number != nil && *number > most {
			return nil, fmt.Errorf("%d is more than %d", *number, most)
		}
		if number, ok := value.(int); ok && number > most {
			return nil, fmt.Errorf("%d is more than %d", number, most)
		}
		return value, err
	},
	Pass: func(ctx context.Context, _ any, next graphql.Resolver) (any, error) { return next(ctx) },
	Refuse: func(ctx context.Context, parent any, next graphql.Resolver) (any, error) {
		s := rootSeed(ctx)
		if keeper, ok := parent.(*Keeper); ok {
			s = keeper.seed
		}
		if s.chance("refused", 2*s.rates().Errors) {
			return nil, errRefused
		}
		return next(ctx)
	},
	Replace: func(ctx context.Context, _ any, next graphql.Resolver, with string) (any, error) {
		value, err := next(ctx)
		if text, ok := value.(*string); ok && text == nil {
			return nil, err
		}
		return &with, err
	},
	Remember: func(ctx context.Context, _ any, next graphql.Resolver, word string) (any, error) {
		return next(WithWord(ctx, word))
	},
	Shout: func(ctx context.Context, _ any, next graphql.Resolver, times int) (any, error) {
		for range min(times, 3) {
			ctx = WithWord(ctx, "shout")
		}
		return next(ctx)
	},
	Watched: func(ctx context.Context, _ any, next graphql.Resolver, by *string) (any, error) {
		return next(WithWord(ctx, fmt.Sprint("watched by ", text(by))))
	},
}

// NewConfig returns the configuration of the schema with all resolvers and directives.
func NewConfig() Config { return Config{Resolvers: Resolver{}, Directives: directives} }
