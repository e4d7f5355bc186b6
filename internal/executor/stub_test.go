package executor_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"

	"followgraph/internal/executor"
	"followgraph/internal/executor/differential"
	"followgraph/internal/executor/internal/zoo"
)

// stub replaces some resolvers of the zoo.
type stub struct {
	zoo.Resolver
	keeper  func(ctx context.Context, id string) (*zoo.Keeper, error)
	keepers func(ctx context.Context) ([]zoo.Keeper, error)
	staff   func(ctx context.Context) ([]*zoo.Keeper, error)
	beings  func(ctx context.Context) ([]zoo.Being, error)
	values  func(ctx context.Context) (*zoo.Values, error)
	view    func(ctx context.Context) (*zoo.View, error)
	views   func(ctx context.Context) ([]zoo.View, error)
	again   func(ctx context.Context, view *zoo.View) (*zoo.View, error)
	shared  func(ctx context.Context, views []*zoo.View) ([]*zoo.View, error)
	level   func(ctx context.Context, keepers []*zoo.Keeper) ([]int, error)
	boss    func(ctx context.Context, keepers []*zoo.Keeper) ([]*zoo.Keeper, error)
	checked func(ctx context.Context, keepers []*zoo.Keeper) ([]int, error)
	reports func(ctx context.Context, keepers []*zoo.Keeper, first int) ([][]zoo.Keeper, error)
	warden  func(ctx context.Context, places []*zoo.Place) ([]*zoo.Keeper, error)
}

func (s stub) Query() zoo.QueryResolver   { return queryStub{s.Resolver.Query(), s} }
func (s stub) View() zoo.ViewResolver     { return viewStub{s.Resolver.View(), s} }
func (s stub) Keeper() zoo.KeeperResolver { return keeperStub{s.Resolver.Keeper(), s} }
func (s stub) Place() zoo.PlaceResolver   { return placeStub{s.Resolver.Place(), s} }

type (
	queryStub struct {
		zoo.QueryResolver
		stub stub
	}
	viewStub struct {
		zoo.ViewResolver
		stub stub
	}
	keeperStub struct {
		zoo.KeeperResolver
		stub stub
	}
	placeStub struct {
		zoo.PlaceResolver
		stub stub
	}
)

func (q queryStub) Keeper(ctx context.Context, id string, mood *zoo.Mood) (*zoo.Keeper, error) {
	if q.stub.keeper == nil {
		return q.QueryResolver.Keeper(ctx, id, mood)
	}
	return q.stub.keeper(ctx, id)
}

func (q queryStub) Keepers(ctx context.Context, first int, filter *zoo.KeeperFilter, moods []zoo.Mood, diet *zoo.Diet) ([]zoo.Keeper, error) {
	if q.stub.keepers == nil {
		return q.QueryResolver.Keepers(ctx, first, filter, moods, diet)
	}
	return q.stub.keepers(ctx)
}

func (q queryStub) Staff(ctx context.Context, first *int) ([]*zoo.Keeper, error) {
	if q.stub.staff == nil {
		return q.QueryResolver.Staff(ctx, first)
	}
	return q.stub.staff(ctx)
}

func (q queryStub) Beings(ctx context.Context, first int) ([]zoo.Being, error) {
	if q.stub.beings == nil {
		return q.QueryResolver.Beings(ctx, first)
	}
	return q.stub.beings(ctx)
}

func (q queryStub) Values(ctx context.Context) (*zoo.Values, error) {
	if q.stub.values == nil {
		return q.QueryResolver.Values(ctx)
	}
	return q.stub.values(ctx)
}

func (q queryStub) View(ctx context.Context, word *string, words []string, number *float64) (*zoo.View, error) {
	if q.stub.view == nil {
		return q.QueryResolver.View(ctx, word, words, number)
	}
	return q.stub.view(ctx)
}

func (q queryStub) Views(ctx context.Context, first int) ([]zoo.View, error) {
	if q.stub.views == nil {
		return q.QueryResolver.Views(ctx, first)
	}
	return q.stub.views(ctx)
}

func (v viewStub) Again(ctx context.Context, view *zoo.View, word *string) (*zoo.View, error) {
	if v.stub.again == nil {
		return v.ViewResolver.Again(ctx, view, word)
	}
	return v.stub.again(ctx, view)
}

func (v viewStub) Shared(ctx context.Context, views []*zoo.View, word *string, number *int) ([]*zoo.View, error) {
	if v.stub.shared == nil {
		return v.ViewResolver.Shared(ctx, views, word, number)
	}
	return v.stub.shared(ctx, views)
}

func (k keeperStub) Level(ctx context.Context, keepers []*zoo.Keeper) ([]int, error) {
	if k.stub.level == nil {
		return k.KeeperResolver.Level(ctx, keepers)
	}
	return k.stub.level(ctx, keepers)
}

func (k keeperStub) Boss(ctx context.Context, keepers []*zoo.Keeper) ([]*zoo.Keeper, error) {
	if k.stub.boss == nil {
		return k.KeeperResolver.Boss(ctx, keepers)
	}
	return k.stub.boss(ctx, keepers)
}

func (k keeperStub) Checked(ctx context.Context, keepers []*zoo.Keeper) ([]int, error) {
	if k.stub.checked == nil {
		return k.KeeperResolver.Checked(ctx, keepers)
	}
	return k.stub.checked(ctx, keepers)
}

func (k keeperStub) Reports(ctx context.Context, keepers []*zoo.Keeper, first int) ([][]zoo.Keeper, error) {
	if k.stub.reports == nil {
		return k.KeeperResolver.Reports(ctx, keepers, first)
	}
	return k.stub.reports(ctx, keepers, first)
}

func (p placeStub) Warden(ctx context.Context, places []*zoo.Place) ([]*zoo.Keeper, error) {
	if p.stub.warden == nil {
		return p.PlaceResolver.Warden(ctx, places)
	}
	return p.stub.warden(ctx, places)
}

// newStubs returns both executors of the zoo with a stub's resolvers, by name.
func newStubs(s stub) map[string]*gqlgen.Executor {
	config := zoo.NewConfig()
	config.Resolvers = s
	theirs, ours := newExecutors(config)
	for _, exec := range []*gqlgen.Executor{theirs, ours} {
		exec.SetRecoverFunc(func(_ context.Context, fault any) error { return fmt.Errorf("recovered: %v", fault) })
	}
	return map[string]*gqlgen.Executor{"gqlgen": theirs, "compiled": ours}
}

// newExecutors returns the two executors of a configuration of the zoo. They differ in nothing else.
func newExecutors(config zoo.Config) (theirs, ours *gqlgen.Executor) {
	documents := executor.NewDocuments()
	theirs = gqlgen.New(zoo.NewExecutableSchema(config))
	ours = gqlgen.New(zoo.NewCompiledSchema(config, documents))
	ours.SetQueryCache(documents)
	return theirs, ours
}

// around adds field middleware.
func around(exec *gqlgen.Executor, middleware func(ctx context.Context, field *graphql.FieldContext, next graphql.Resolver) (any, error)) {
	exec.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		return middleware(ctx, graphql.GetFieldContext(ctx), next)
	})
}

// ask runs a query.
func ask(t *testing.T, exec *gqlgen.Executor, query string) differential.Answer {
	t.Helper()
	return askWith(t, exec, differential.Operation{Text: query})
}

// askWith runs an operation.
func askWith(t *testing.T, exec *gqlgen.Executor, operation differential.Operation) differential.Answer {
	t.Helper()
	answer, err := differential.Ask(t.Context(), exec, operation)
	require.NoError(t, err)
	require.False(t, answer.Refused, "%v", answer.Errors)
	return answer
}
