package zoo

import (
	"context"
	"time"
)

// Resolver is the root of the resolvers.
type Resolver struct{}

// Query returns the resolvers of Query.
func (Resolver) Query() QueryResolver { return queryResolver{} }

// Subscription returns the resolvers of Subscription.
func (Resolver) Subscription() SubscriptionResolver { return subscriptionResolver{} }

// Dog returns the resolvers of Dog.
func (Resolver) Dog() DogResolver { return dogResolver{} }

// Cat returns the resolvers of Cat.
func (Resolver) Cat() CatResolver { return catResolver{} }

// Plant returns the resolvers of Plant.
func (Resolver) Plant() PlantResolver { return plantResolver{} }

// Keeper returns the resolvers of Keeper.
func (Resolver) Keeper() KeeperResolver { return keeperResolver{} }

// Rank returns the resolvers of Rank.
func (Resolver) Rank() RankResolver { return rankResolver{} }

// Place returns the resolvers of Place.
func (Resolver) Place() PlaceResolver { return placeResolver{} }

// Spot returns the resolvers of Spot.
func (Resolver) Spot() SpotResolver { return spotResolver{} }

// Cell returns the resolvers of Cell.
func (Resolver) Cell() CellResolver { return cellResolver{} }

// Values returns the resolvers of Values.
func (Resolver) Values() ValuesResolver { return valuesResolver{} }

// View returns the resolvers of View.
func (Resolver) View() ViewResolver { return viewResolver{} }

type (
	queryResolver        struct{}
	subscriptionResolver struct{}
	dogResolver          struct{}
	catResolver          struct{}
	plantResolver        struct{}
	keeperResolver       struct{}
	rankResolver         struct{}
	placeResolver        struct{}
	spotResolver         struct{}
	cellResolver         struct{}
	valuesResolver       struct{}
	viewResolver         struct{}
)

// view returns the result of a resolver whose type is View.
func view(ctx context.Context, s seed) (*View, error) {
	return value(ctx, s, func(s seed) *View {
		if s.isNil("view") {
			return nil
		}
		return s.view(ctx)
	})
}

func (queryResolver) Keeper(ctx context.Context, _ string, _ *Mood) (*Keeper, error) {
	return value(ctx, rootSeed(ctx), seed.maybeKeeper)
}

func (queryResolver) Keepers(ctx context.Context, first int, _ *KeeperFilter, _ []Mood, _ *Diet) ([]Keeper, error) {
	return value(ctx, rootSeed(ctx), func(s seed) []Keeper {
		return listOf(s, first, func(s seed) Keeper { return *s.keeper() })
	})
}

func (queryResolver) Staff(ctx context.Context, first *int) ([]*Keeper, error) {
	return value(ctx, rootSeed(ctx), func(s seed) []*Keeper {
		if first == nil {
			return nil
		}
		return listOf(s, *first, seed.maybeKeeper)
	})
}

func (queryResolver) Animal(ctx context.Context) (Animal, error) {
	return value(ctx, rootSeed(ctx), seed.animal)
}

func (queryResolver) Beings(ctx context.Context, first int) ([]Being, error) {
	return value(ctx, rootSeed(ctx), func(s seed) []Being { return listOf(s, first, seed.being) })
}

func (queryResolver) Animals(ctx context.Context, first int) ([]Animal, error) {
	return value(ctx, rootSeed(ctx), func(s seed) []Animal { return listOf(s, first, seed.animal) })
}

func (queryResolver) Exhibit(ctx context.Context) (Exhibit, error) {
	return value(ctx, rootSeed(ctx), seed.exhibit)
}

func (queryResolver) Exhibits(ctx context.Context) ([]Exhibit, error) {
	return value(ctx, rootSeed(ctx), func(s seed) []Exhibit { return listUpTo(s, 4, seed.exhibit) })
}

func (queryResolver) Grid(ctx context.Context) ([][]Cell, error) {
	return value(ctx, rootSeed(ctx), func(s seed) [][]Cell {
		return listOf(s, 3, func(s seed) []Cell { return listOf(s, s.intn(3), seed.cell) })
	})
}

func (queryResolver) Gaps(ctx context.Context) ([][]*Cell, error) {
	return value(ctx, rootSeed(ctx), func(s seed) [][]*Cell {
		return listOf(s, 3, func(s seed) []*Cell {
			return listOf(s, s.intn(3), func(s seed) *Cell { return optional(s, seed.cell) })
		})
	})
}

func (queryResolver) Pairs(ctx context.Context) ([][]Being, error) {
	return value(ctx, rootSeed(ctx), func(s seed) [][]Being {
		return listOf(s, 2, func(s seed) []Being { return listOf(s, 2, seed.being) })
	})
}

func (queryResolver) Place(ctx context.Context) (*Place, error) {
	return value(ctx, rootSeed(ctx), func(s seed) *Place { return optional(s, seed.place) })
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
	return value(ctx, rootSeed(ctx), func(s seed) []View {
		return listOf(s, first, func(s seed) View { return *s.view(ctx) })
	})
}

func (queryResolver) Echo(ctx context.Context, token *Token, moment *time.Time, score *Score, diet *Diet, diets []*Diet, anything any, filter *KeeperFilter, matrix [][]int) (*string, error) {
	return value(ctx, rootSeed(ctx), func(s seed) *string {
		return optional(s, func(seed) string {
			return text([]any{token, moment, score, diet, diets, anything, filter, matrix})
		})
	})
}

func (queryResolver) Passed(ctx context.Context) (*Place, error) {
	return value(ctx, rootSeed(ctx), func(s seed) *Place { return optional(s, seed.place) })
}

func (queryResolver) Refused(ctx context.Context) (*Keeper, error) {
	return value(ctx, rootSeed(ctx), seed.maybeKeeper)
}

func (queryResolver) Remembered(ctx context.Context) (*View, error) { return view(ctx, rootSeed(ctx)) }

func (queryResolver) Query(context.Context) (*Query, error) { return &Query{}, nil }

func kin(ctx context.Context, s seed, first int) ([]Being, error) {
	return value(ctx, s, func(s seed) []Being { return listOf(s, first, seed.being) })
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
	return batch(ctx, cats, func(s seed) *int { return optional(s, seed.int) })
}

func (plantResolver) Kin(ctx context.Context, plant *Plant, first int) ([]Being, error) {
	return kin(ctx, plant.seed, first)
}

func (keeperResolver) Animals(ctx context.Context, keepers []*Keeper, first int, _ *KeeperFilter) ([][]Animal, error) {
	return batch(ctx, keepers, func(s seed) []Animal { return listOf(s, first, seed.animal) })
}

func (keeperResolver) Reports(ctx context.Context, keepers []*Keeper, first int) ([][]Keeper, error) {
	return batch(ctx, keepers, func(s seed) []Keeper {
		return listOf(s, first, func(s seed) Keeper { return *s.keeper() })
	})
}

func (keeperResolver) Boss(ctx context.Context, keepers []*Keeper) ([]*Keeper, error) {
	return batch(ctx, keepers, seed.maybeKeeper)
}

func (keeperResolver) Level(ctx context.Context, keepers []*Keeper) ([]int, error) {
	return batch(ctx, keepers, seed.int)
}

func (keeperResolver) Rank(ctx context.Context, keepers []*Keeper) ([]*Rank, error) {
	return batch(ctx, keepers, func(s seed) *Rank { return optional(s, seed.rank) })
}

func (keeperResolver) Seen(ctx context.Context, keepers []*Keeper) ([]*View, error) {
	return batch(ctx, keepers, func(s seed) *View { return s.commonView(ctx) })
}

func (keeperResolver) View(ctx context.Context, keeper *Keeper, _ *string, _ *int) (*View, error) {
	return view(ctx, keeper.seed)
}

func (keeperResolver) Views(ctx context.Context, keeper *Keeper) ([]*View, error) {
	return value(ctx, keeper.seed, func(s seed) []*View {
		return listOf(s, 2, func(s seed) *View { return optional(s, func(s seed) View { return *s.view(ctx) }) })
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
	return value(ctx, v.seed, func(s seed) []*View {
		return listOf(s, first, func(s seed) *View { return optional(s, func(s seed) View { return *s.view(ctx) }) })
	})
}

func (viewResolver) Shared(ctx context.Context, views []*View, _ *string, _ *int) ([]*View, error) {
	return batch(ctx, views, func(s seed) *View { return s.commonView(ctx) })
}
