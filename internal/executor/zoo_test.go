package executor_test

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/internal/executor/internal/zoo"
)

// newZoo returns the two executors of the zoo, with error presenters that record what they see.
func newZoo() (theirs, ours *gqlgen.Executor) {
	theirs, ours = newExecutors(zoo.NewConfig())
	for _, exec := range []*gqlgen.Executor{theirs, ours} {
		exec.SetErrorPresenter(present)
		exec.SetRecoverFunc(func(_ context.Context, fault any) error { return fmt.Errorf("recovered: %v", fault) })
		exec.Use(extension.Introspection{})
	}
	return theirs, ours
}

// present adds the position that a presenter sees to an error.
func present(ctx context.Context, err error) *gqlerror.Error {
	presented := *graphql.DefaultErrorPresenter(ctx, err)
	extensions := map[string]any{"at": graphql.GetPath(ctx).String()}
	if field := graphql.GetFieldContext(ctx); field != nil && field.Field.Field != nil {
		extensions["field"] = fmt.Sprintf("%s.%s %t", field.Object, field.Field.Name, field.Args == nil)
	}
	for key, value := range presented.Extensions {
		extensions[key] = value
	}
	presented.Extensions = extensions
	return &presented
}

// addMiddleware adds middleware that changes some of the fields with resolvers.
func addMiddleware(exec *gqlgen.Executor) {
	exec.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		field := graphql.GetFieldContext(ctx)
		if !field.IsResolver || isBatch[field.Object+"."+field.Field.Name] {
			return next(ctx)
		}
		ctx = zoo.WithWord(ctx, "around")
		switch chance(ctx, "around") {
		case 0:
			return nil, nil
		case 1:
			graphql.MarkNonNull(ctx)
		case 2:
			graphql.MarkNonNull(ctx)
			return nil, nil
		case 3:
			return graphql.MarshalString("instead"), nil
		case 4:
			return graphql.Null, nil
		case 5:
			return struct{}{}, nil
		case 6:
			graphql.AddErrorf(ctx, "beside the value")
		case 7:
			return next(zoo.WithWord(ctx, "randomOptions"))
		}
		return next(ctx)
	})
	exec.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		ctx = zoo.WithWord(ctx, "root")
		if len(graphql.GetRootFieldContext(ctx).Field.Arguments) > 0 {
			return next(ctx) // the arguments have been read before
		}
		switch chance(ctx, "root") {
		case 0:
			return graphql.MarshalString("instead")
		case 1:
			return graphql.Null
		}
		return next(ctx)
	})
}

// isBatch lists the fields with batch resolvers. Middleware runs once around each of these, not once for each parent.
var isBatch = map[string]bool{
	"Dog.owner": true, "Dog.weight": true, "Cat.weight": true, "Keeper.animals": true, "Keeper.reports": true,
	"Keeper.boss": true, "Keeper.level": true, "Keeper.rank": true, "Keeper.seen": true, "Keeper.checked": true,
	"Place.warden": true, "Cell.keeper": true, "Cell.weight": true, "View.shared": true,
}

// chance returns a number below 50 that depends on the position in the answer.
func chance(ctx context.Context, what string) int {
	hash := fnv.New32a()
	_, _ = fmt.Fprint(hash, what, graphql.GetPath(ctx), graphql.GetRootFieldContext(ctx).Field.Alias)
	return int(hash.Sum32() >> 8 % 50)
}
