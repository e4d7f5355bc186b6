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
func view(ctx context.Context, o seed) (*View, error) {
	return value(ctx, o, func(o seed) *View {
		if o.isNil("view") {
			return nil
		}
		return o.view(ctx)
	})
}

func (queryResolver) Keeper(ctx context.Context, _ string, _ *Mood) (*Keeper, error) {
	return value(ctx, rootSeed(ctx), seed.maybeKeeper)
}

func (queryResolver) Keepers(ctx context.Context, first int, _ *KeeperFilter, _ []Mood, _ *Diet) ([]Keeper, error) {
	return value(ctx, rootSeed(ctx), func(o seed) []Keeper {
		return listOf(o, first, func(o seed) Keeper { return *o.keeper() })
	})
}

func (queryResolver) Staff(ctx context.Context, first *int) ([]*Keeper, error) {
	return value(ctx, rootSeed(ctx), func(o seed) []*Keeper {
		if first == nil {
			return nil
		}
		return listOf(o, *first, seed.maybeKeeper)
	})
}

func (queryResolver) Animal(ctx context.Context) (Animal, error) {
	return value(ctx, rootSeed(ctx), seed.animal)
}

func (queryResolver) Beings(ctx context.Context, first int) ([]Being, error) {
	return value(ctx, rootSeed(ctx), func(o seed) []Being { return listOf(o, first, seed.being) })
}

func (queryResolver) Animals(ctx context.Context, first int) ([]Animal, error) {
	return value(ctx, rootSeed(ctx), func(o seed) []Animal { return listOf(o, first, seed.animal) })
}

func (queryResolver) Exhibit(ctx context.Context) (Exhibit, error) {
	return value(ctx, rootSeed(ctx), seed.exhibit)
}

func (queryResolver) Exhibits(ctx context.Context) ([]Exhibit, error) {
	return value(ctx, rootSeed(ctx), func(o seed) []Exhibit { return listUpTo(o, 4, seed.exhibit) })
}

func (queryResolver) Grid(ctx context.Context) ([][]Cell, error) {
	return value(ctx, rootSeed(ctx), func(o seed) [][]Cell {
		return listOf(o, 3, func(o seed) []Cell { return listOf(o, o.intn(3), seed.cell) })
	})
}

func (queryResolver) Gaps(ctx context.Context) ([][]*Cell, error) {
	return value(ctx, rootSeed(ctx), func(o seed) [][]*Cell {
		return listOf(o, 3, func(o seed) []*Cell {
			return listOf(o, o.intn(3), func(o seed) *Cell { return optional(o, seed.cell) })
		})
	})
}

func (queryResolver) Pairs(ctx context.Context) ([][]Being, error) {
	return value(ctx, rootSeed(ctx), func(o seed) [][]Being {
		return listOf(o, 2, func(o seed) []Being { return listOf(o, 2, seed.being) })
	})
}

func (queryResolver) Place(ctx context.Context) (*Place, error) {
	return value(ctx, rootSeed(ctx), func(o seed) *Place { return optional(o, seed.place) })
}

func (queryResolver) Values(ctx context.Context) (*Values, error) {
	return value(ctx, rootSeed(ctx), seed.values)
}

func (queryResolver) Bag(ctx context.Context) (map[string]any, error) {
	return value(ctx, rootSeed(ctx), seed.bag)
}

func (queryResolver) View(ctx context.Context, _ *string, _ []string, _ *float64) (*View, error) {
	return view(ctx, rootSeed(ctx))
}

func (queryResolver) Views(ctx context.Context, first int) ([]View, error) {
	return value(ctx, rootSeed(ctx), func(o seed) []View {
		return listOf(o, first, func(o seed) View { return *o.view(ctx) })
	})
}

func (queryResolver) Echo(ctx context.Context, token *Token, moment *time.Time, score *Score, diet *Diet, diets []*Diet, anything any, filter *KeeperFilter, matrix [][]int) (*string, error) {
	return value(ctx, rootSeed(ctx), func(o seed) *string {
		return optional(o, func(seed) string {
			return text([]any{token, moment, score, diet, diets, anything, filter, matrix})
		})
	})
}

func (queryResolver) Passed(ctx context.Context) (*Place, error) {
	return value(ctx, rootSeed(ctx), func(o seed) *Place { return optional(o, seed.place) })
}

func (queryResolver) Refused(ctx context.Context) (*Keeper, error) {
	return value(ctx, rootSeed(ctx), seed.maybeKeeper)
}

func (queryResolver) Remembered(ctx context.Context) (*View, error) { return view(ctx, rootSeed(ctx)) }

func (queryResolver) Query(context.Context) (*Query, error) { return &Query{}, nil }

func kin(ctx context.Context, o seed, first int) ([]Being, error) {
	return value(ctx, o, func(o seed) []Being { return listOf(o, first, seed.being) })
}

func (dogResolver) Kin(ctx context.Context, dog *Dog, first int) ([]Being, error) {
	return kin(ctx, dog.seed, first)
}

func (dogResolver) Owner(ctx context.Context, dogs []*Dog) ([]*Keeper, error) {
	return batch(ctx, dogs, seed.maybeKeeper)
}

func (dogResolver) Weight(ctx context.Context, dogs []*Dog) ([]int, error) {
	return batch(ctx, dogs, seed.int)
}

func (dogResolver) View(ctx context.Context, dog *Dog, _ *string) (*View, error) {
	return view(ctx, dog.seed)
}

func (catResolver) Kin(ctx context.Context, cat *Cat, first int) ([]Being, error) {
	return kin(ctx, cat.seed, first)
}

func (catResolver) Weight(ctx context.Context, cats []*Cat) ([]*int, error) {
	return batch(ctx, cats, func(o seed) *int { return optional(o, seed.int) })
}

func (plantResolver) Kin(ctx context.Context, plant *Plant, first int) ([]Being, error) {
	return kin(ctx, plant.seed, first)
}

func (keeperResolver) Animals(ctx context.Context, keepers []*Keeper, first int, _ *KeeperFilter) ([][]Animal, error) {
	return batch(ctx, keepers, func(o seed) []Animal { return listOf(o, first, seed.animal) })
}

func (keeperResolver) Reports(ctx context.Context, keepers []*Keeper, first int) ([][]Keeper, error) {
	return batch(ctx, keepers, func(o seed) []Keeper {
		return listOf(o, first, func(o seed) Keeper { return *o.keeper() })
	})
}

func (keeperResolver) Boss(ctx context.Context, keepers []*Keeper) ([]*Keeper, error) {
	return batch(ctx, keepers, seed.maybeKeeper)
}

func (keeperResolver) Level(ctx context.Context, keepers []*Keeper) ([]int, error) {
	return batch(ctx, keepers, seed.int)
}

func (keeperResolver) Rank(ctx context.Context, keepers []*Keeper) ([]*Rank, error) {
	return batch(ctx, keepers, func(o seed) *Rank { return optional(o, seed.rank) })
}

func (keeperResolver) Seen(ctx context.Context, keepers []*Keeper) ([]*View, error) {
	return batch(ctx, keepers, func(o seed) *View { return o.commonView(ctx) })
}

func (keeperResolver) View(ctx context.Context, keeper *Keeper, _ *string, _ *int) (*View, error) {
	return view(ctx, keeper.seed)
}

func (keeperResolver) Views(ctx context.Context, keeper *Keeper) ([]*View, error) {
	return value(ctx, keeper.seed, func(o seed) []*View {
		return listOf(o, 2, func(o seed) *View { return optional(o, func(o seed) View { return *o.view(ctx) }) })
	})
}

func (keeperResolver) Reminded(ctx context.Context, keeper *Keeper) (*View, error) {
	return view(ctx, keeper.seed)
}

func (keeperResolver) Checked(ctx context.Context, keepers []*Keeper) ([]int, error) {
	return batch(ctx, keepers, seed.int)
}

func (rankResolver) View(ctx context.Context, rank *Rank) (*View, error) {
	return view(ctx, rank.seed)
}

func (placeResolver) Keeper(ctx context.Context, place *Place) (*Keeper, error) {
	return value(ctx, place.seed, seed.maybeKeeper)
}

func (placeResolver) Warden(ctx context.Context, places []*Place) ([]*Keeper, error) {
	return batch(ctx, places, seed.maybeKeeper)
}

func (placeResolver) View(ctx context.Context, place *Place) (*View, error) {
	return view(ctx, place.seed)
}

func (spotResolver) View(ctx context.Context, spot *Spot) (*View, error) {
	return view(ctx, spot.seed)
}

func (cellResolver) Keeper(ctx context.Context, cells []*Cell) ([]*Keeper, error) {
	return batch(ctx, cells, seed.maybeKeeper)
}

func (cellResolver) Weight(ctx context.Context, cells []*Cell) ([]int, error) {
	return batch(ctx, cells, seed.int)
}

func (cellResolver) View(ctx context.Context, cell *Cell) (*View, error) {
	return view(ctx, cell.seed)
}

func (valuesResolver) View(ctx context.Context, values *Values) (*View, error) {
	return view(ctx, values.seed)
}

func (viewResolver) Again(ctx context.Context, v *View, _ *string) (*View, error) {
	return view(ctx, v.seed)
}

func (viewResolver) More(ctx context.Context, v *View, first int) ([]*View, error) {
	return value(ctx, v.seed, func(o seed) []*View {
		return listOf(o, first, func(o seed) *View { return optional(o, func(o seed) View { return *o.view(ctx) }) })
	})
}

func (viewResolver) Shared(ctx context.Context, views []*View, _ *string, _ *int) ([]*View, error) {
	return batch(ctx, views, func(o seed) *View { return o.commonView(ctx) })
}
