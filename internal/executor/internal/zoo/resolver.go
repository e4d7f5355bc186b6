package zoo

import (
	"context"
	"time"
)

// Resolver is the root of the resolvers.
type Resolver struct{}

// Query has the resolvers of the query.
func (Resolver) Query() QueryResolver { return queryResolver{} }

// Dog has the resolvers of dogs.
func (Resolver) Dog() DogResolver { return dogResolver{} }

// Cat has the resolvers of cats.
func (Resolver) Cat() CatResolver { return catResolver{} }

// Plant has the resolvers of plants.
func (Resolver) Plant() PlantResolver { return plantResolver{} }

// Keeper has the resolvers of keepers.
func (Resolver) Keeper() KeeperResolver { return keeperResolver{} }

// Rank has the resolvers of ranks.
func (Resolver) Rank() RankResolver { return rankResolver{} }

// Place has the resolvers of places.
func (Resolver) Place() PlaceResolver { return placeResolver{} }

// Spot has the resolvers of spots.
func (Resolver) Spot() SpotResolver { return spotResolver{} }

// Cell has the resolvers of cells.
func (Resolver) Cell() CellResolver { return cellResolver{} }

// Values has the resolvers of values.
func (Resolver) Values() ValuesResolver { return valuesResolver{} }

// View has the resolvers of views.
func (Resolver) View() ViewResolver { return viewResolver{} }

type (
	queryResolver  struct{}
	dogResolver    struct{}
	catResolver    struct{}
	plantResolver  struct{}
	keeperResolver struct{}
	rankResolver   struct{}
	placeResolver  struct{}
	spotResolver   struct{}
	cellResolver   struct{}
	valuesResolver struct{}
	viewResolver   struct{}
)

// view is what a resolver of a View returns.
func view(ctx context.Context, o origin) (*View, error) {
	return value(ctx, o, func(o origin) *View {
		if o.none("view") {
			return nil
		}
		return o.view(ctx)
	})
}

func (queryResolver) Keeper(ctx context.Context, _ string, _ *Mood) (*Keeper, error) {
	return value(ctx, start(ctx), origin.maybeKeeper)
}

func (queryResolver) Keepers(ctx context.Context, first int, _ *KeeperFilter, _ []Mood, _ *Diet) ([]Keeper, error) {
	return value(ctx, start(ctx), func(o origin) []Keeper {
		return listed(o, first, func(o origin) Keeper { return *o.keeper() })
	})
}

func (queryResolver) Staff(ctx context.Context, first *int) ([]*Keeper, error) {
	return value(ctx, start(ctx), func(o origin) []*Keeper {
		if first == nil {
			return nil
		}
		return listed(o, *first, origin.maybeKeeper)
	})
}

func (queryResolver) Animal(ctx context.Context) (Animal, error) {
	return value(ctx, start(ctx), origin.animal)
}

func (queryResolver) Beings(ctx context.Context, first int) ([]Being, error) {
	return value(ctx, start(ctx), func(o origin) []Being { return listed(o, first, origin.being) })
}

func (queryResolver) Animals(ctx context.Context, first int) ([]Animal, error) {
	return value(ctx, start(ctx), func(o origin) []Animal { return listed(o, first, origin.animal) })
}

func (queryResolver) Exhibit(ctx context.Context) (Exhibit, error) {
	return value(ctx, start(ctx), origin.exhibit)
}

func (queryResolver) Exhibits(ctx context.Context) ([]Exhibit, error) {
	return value(ctx, start(ctx), func(o origin) []Exhibit { return several(o, 4, origin.exhibit) })
}

func (queryResolver) Grid(ctx context.Context) ([][]Cell, error) {
	return value(ctx, start(ctx), func(o origin) [][]Cell {
		return listed(o, 3, func(o origin) []Cell { return listed(o, o.below(3), origin.cell) })
	})
}

func (queryResolver) Gaps(ctx context.Context) ([][]*Cell, error) {
	return value(ctx, start(ctx), func(o origin) [][]*Cell {
		return listed(o, 3, func(o origin) []*Cell {
			return listed(o, o.below(3), func(o origin) *Cell { return maybe(o, origin.cell) })
		})
	})
}

func (queryResolver) Pairs(ctx context.Context) ([][]Being, error) {
	return value(ctx, start(ctx), func(o origin) [][]Being {
		return listed(o, 2, func(o origin) []Being { return listed(o, 2, origin.being) })
	})
}

func (queryResolver) Place(ctx context.Context) (*Place, error) {
	return value(ctx, start(ctx), func(o origin) *Place { return maybe(o, origin.place) })
}

func (queryResolver) Values(ctx context.Context) (*Values, error) {
	return value(ctx, start(ctx), origin.values)
}

func (queryResolver) Bag(ctx context.Context) (map[string]any, error) {
	return value(ctx, start(ctx), origin.bag)
}

func (queryResolver) View(ctx context.Context, _ *string, _ []string, _ *float64) (*View, error) {
	return view(ctx, start(ctx))
}

func (queryResolver) Views(ctx context.Context, first int) ([]View, error) {
	return value(ctx, start(ctx), func(o origin) []View {
		return listed(o, first, func(o origin) View { return *o.view(ctx) })
	})
}

func (queryResolver) Echo(ctx context.Context, token *Token, moment *time.Time, score *Score, diet *Diet, diets []*Diet, anything any, filter *KeeperFilter, matrix [][]int) (*string, error) {
	return value(ctx, start(ctx), func(o origin) *string {
		return maybe(o, func(origin) string {
			return text([]any{token, moment, score, diet, diets, anything, filter, matrix})
		})
	})
}

func (queryResolver) Passed(ctx context.Context) (*Place, error) {
	return value(ctx, start(ctx), func(o origin) *Place { return maybe(o, origin.place) })
}

func (queryResolver) Refused(ctx context.Context) (*Keeper, error) {
	return value(ctx, start(ctx), origin.maybeKeeper)
}

func (queryResolver) Remembered(ctx context.Context) (*View, error) { return view(ctx, start(ctx)) }

func (queryResolver) Query(context.Context) (*Query, error) { return &Query{}, nil }

func kin(ctx context.Context, o origin, first int) ([]Being, error) {
	return value(ctx, o, func(o origin) []Being { return listed(o, first, origin.being) })
}

func (dogResolver) Kin(ctx context.Context, dog *Dog, first int) ([]Being, error) {
	return kin(ctx, dog.origin, first)
}

func (dogResolver) Owner(ctx context.Context, dogs []*Dog) ([]*Keeper, error) {
	return batch(ctx, dogs, origin.maybeKeeper)
}

func (dogResolver) Weight(ctx context.Context, dogs []*Dog) ([]int, error) {
	return batch(ctx, dogs, origin.int)
}

func (dogResolver) View(ctx context.Context, dog *Dog, _ *string) (*View, error) {
	return view(ctx, dog.origin)
}

func (catResolver) Kin(ctx context.Context, cat *Cat, first int) ([]Being, error) {
	return kin(ctx, cat.origin, first)
}

func (catResolver) Weight(ctx context.Context, cats []*Cat) ([]*int, error) {
	return batch(ctx, cats, func(o origin) *int { return maybe(o, origin.int) })
}

func (plantResolver) Kin(ctx context.Context, plant *Plant, first int) ([]Being, error) {
	return kin(ctx, plant.origin, first)
}

func (keeperResolver) Animals(ctx context.Context, keepers []*Keeper, first int, _ *KeeperFilter) ([][]Animal, error) {
	return batch(ctx, keepers, func(o origin) []Animal { return listed(o, first, origin.animal) })
}

func (keeperResolver) Reports(ctx context.Context, keepers []*Keeper, first int) ([][]Keeper, error) {
	return batch(ctx, keepers, func(o origin) []Keeper {
		return listed(o, first, func(o origin) Keeper { return *o.keeper() })
	})
}

func (keeperResolver) Boss(ctx context.Context, keepers []*Keeper) ([]*Keeper, error) {
	return batch(ctx, keepers, origin.maybeKeeper)
}

func (keeperResolver) Level(ctx context.Context, keepers []*Keeper) ([]int, error) {
	return batch(ctx, keepers, origin.int)
}

func (keeperResolver) Rank(ctx context.Context, keepers []*Keeper) ([]*Rank, error) {
	return batch(ctx, keepers, func(o origin) *Rank { return maybe(o, origin.rank) })
}

func (keeperResolver) Seen(ctx context.Context, keepers []*Keeper) ([]*View, error) {
	return batch(ctx, keepers, func(o origin) *View { return o.commonView(ctx) })
}

func (keeperResolver) View(ctx context.Context, keeper *Keeper, _ *string, _ *int) (*View, error) {
	return view(ctx, keeper.origin)
}

func (keeperResolver) Views(ctx context.Context, keeper *Keeper) ([]*View, error) {
	return value(ctx, keeper.origin, func(o origin) []*View {
		return listed(o, 2, func(o origin) *View { return maybe(o, func(o origin) View { return *o.view(ctx) }) })
	})
}

func (keeperResolver) Reminded(ctx context.Context, keeper *Keeper) (*View, error) {
	return view(ctx, keeper.origin)
}

func (keeperResolver) Checked(ctx context.Context, keepers []*Keeper) ([]int, error) {
	return batch(ctx, keepers, origin.int)
}

func (rankResolver) View(ctx context.Context, rank *Rank) (*View, error) {
	return view(ctx, rank.origin)
}

func (placeResolver) Keeper(ctx context.Context, place *Place) (*Keeper, error) {
	return value(ctx, place.origin, origin.maybeKeeper)
}

func (placeResolver) Warden(ctx context.Context, places []*Place) ([]*Keeper, error) {
	return batch(ctx, places, origin.maybeKeeper)
}

func (placeResolver) View(ctx context.Context, place *Place) (*View, error) {
	return view(ctx, place.origin)
}

func (spotResolver) View(ctx context.Context, spot *Spot) (*View, error) {
	return view(ctx, spot.origin)
}

func (cellResolver) Keeper(ctx context.Context, cells []*Cell) ([]*Keeper, error) {
	return batch(ctx, cells, origin.maybeKeeper)
}

func (cellResolver) Weight(ctx context.Context, cells []*Cell) ([]int, error) {
	return batch(ctx, cells, origin.int)
}

func (cellResolver) View(ctx context.Context, cell *Cell) (*View, error) {
	return view(ctx, cell.origin)
}

func (valuesResolver) View(ctx context.Context, values *Values) (*View, error) {
	return view(ctx, values.origin)
}

func (viewResolver) Again(ctx context.Context, v *View, _ *string) (*View, error) {
	return view(ctx, v.origin)
}

func (viewResolver) More(ctx context.Context, v *View, first int) ([]*View, error) {
	return value(ctx, v.origin, func(o origin) []*View {
		return listed(o, first, func(o origin) *View { return maybe(o, func(o origin) View { return *o.view(ctx) }) })
	})
}

func (viewResolver) Shared(ctx context.Context, views []*View, _ *string, _ *int) ([]*View, error) {
	return batch(ctx, views, func(o origin) *View { return o.commonView(ctx) })
}
