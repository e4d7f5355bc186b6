package zoo

import (
	"context"
	"fmt"
	"time"
)

// Keeper is held by pointer. Its id is an integer.
type Keeper struct {
	seed
	ID     int
	Name   *string // nil violates the schema
	Temper Mood
	Diet   *Diet
	Since  time.Time
	Place  Place
	Home   *Place
	Bag    map[string]any
	Kept   *Keeper
}

// Title is a method.
func (k *Keeper) Title() string { return k.words("title") }

// Salary is a method that returns an error for some seeds.
func (k *Keeper) Salary() (*int, error) {
	return optional(k.at("salary"), seed.int), k.at("salary").fail()
}

// Bonus is a method that panics for some seeds.
func (k *Keeper) Bonus() int {
	if err := k.at("bonus").fail(); err != nil {
		panic(err)
	}
	return k.at("bonus").int()
}

// Badge is a method with arguments.
func (k *Keeper) Badge(style Mood, filter *KeeperFilter) *string {
	return optional(k.at("badge"), func(seed) string { return fmt.Sprint(style, text(filter)) })
}

// Mentor is a method with a context.
func (k *Keeper) Mentor(ctx context.Context) (*Keeper, error) {
	return value(ctx, k.seed, seed.maybeKeeper)
}

// Favourite is a method that returns an interface.
func (k *Keeper) Favourite() (Being, error) {
	return k.at("favourite").being(), k.at("favourite").fail()
}

// Praised is a plain field under a directive.
func (k *Keeper) Praised() *string {
	return optional(k.at("praised"), func(seed) string { return "praised" })
}

// Denied is a plain field under a directive.
func (k *Keeper) Denied() string { return "denied" }

// Rank is held by value.
type Rank struct {
	seed
	Name string
	Step int
}

// Place is held by value.
type Place struct {
	seed
	Name    string
	Spot    Spot
	Corners []Spot
	Inside  *Place
}

// Open is a method.
func (p *Place) Open() bool { return p.at("open").intn(2) == 0 }

// Spot is held by value.
type Spot struct {
	seed
	X     int32
	Y     *int64
	Label *string
}

// Cell is held by value.
type Cell struct {
	seed
	At    string
	Value *int
	Spot  Spot
}

func (s seed) keeper() *Keeper {
	return &Keeper{
		seed: s, ID: s.intn(1000), Name: optional(s.at("name"), func(s seed) string { return s.words("name") }),
		Temper: s.at("temper").mood(), Diet: optional(s.at("diet"), seed.diet), Since: s.at("since").moment(),
		Place: s.at("place").place(), Home: optional(s.at("home"), seed.place), Bag: s.at("bag").bag(),
	}
}

func (s seed) maybeKeeper() *Keeper {
	if s.isNil("keeper") {
		return nil
	}
	return s.keeper()
}

func (s seed) place() Place {
	place := Place{
		seed: s, Name: s.words("place"), Spot: s.at("spot").spot(),
		Corners: listOf(s.at("corners"), s.at("corners").intn(3), seed.spot),
	}
	if s.at("inside").intn(4) == 0 {
		inside := s.at("inside").place()
		place.Inside = &inside
	}
	return place
}

func (s seed) spot() Spot {
	return Spot{
		seed: s, X: int32(s.intn(100)), Y: optional(s.at("y"), func(s seed) int64 { return int64(s.number) }),
		Label: optional(s.at("label"), func(s seed) string { return s.words("label") }),
	}
}

func (s seed) cell() Cell {
	return Cell{seed: s, At: s.words("cell"), Value: optional(s.at("value"), seed.int), Spot: s.at("spot").spot()}
}

func (s seed) rank() Rank { return Rank{seed: s, Name: s.words("rank"), Step: s.intn(7)} }

// bag returns a map with values of the types that gqlgen expects, and for some seeds one of another type.
func (s seed) bag() map[string]any {
	if s.isNil("bag") {
		return nil
	}
	bag := map[string]any{"label": s.words("bag"), "size": s.intn(10), "spots": listUpTo(s, 2, seed.spot)}
	if s.at("inner").intn(3) == 0 {
		bag["place"] = s.at("inner").place()
	}
	if s.chance("broken", s.rates().Errors) {
		bag["label"] = 5
	}
	if !s.isNil("mood") {
		mood := s.mood()
		bag["mood"] = &mood
	}
	return bag
}
