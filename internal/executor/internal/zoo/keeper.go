package zoo

import (
	"context"
	"fmt"
	"time"
)

// Keeper is held by pointer. Its id is a number.
type Keeper struct {
	seed
	ID     int
	Name   *string // nil breaks the schema
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

// Salary is a method that fails at times.
func (k *Keeper) Salary() (*int, error) {
	return optional(k.at("salary"), seed.int), k.at("salary").fail()
}

// Bonus is a method that panics at times.
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

func (o seed) keeper() *Keeper {
	return &Keeper{
		seed: o, ID: o.intn(1000), Name: optional(o.at("name"), func(o seed) string { return o.words("name") }),
		Temper: o.at("temper").mood(), Diet: optional(o.at("diet"), seed.diet), Since: o.at("since").moment(),
		Place: o.at("place").place(), Home: optional(o.at("home"), seed.place), Bag: o.at("bag").bag(),
	}
}

func (o seed) maybeKeeper() *Keeper {
	if o.isNil("keeper") {
		return nil
	}
	return o.keeper()
}

func (o seed) place() Place {
	place := Place{
		seed: o, Name: o.words("place"), Spot: o.at("spot").spot(),
		Corners: listOf(o.at("corners"), o.at("corners").intn(3), seed.spot),
	}
	if o.at("inside").intn(4) == 0 {
		inside := o.at("inside").place()
		place.Inside = &inside
	}
	return place
}

func (o seed) spot() Spot {
	return Spot{
		seed: o, X: int32(o.intn(100)), Y: optional(o.at("y"), func(o seed) int64 { return int64(o.number) }),
		Label: optional(o.at("label"), func(o seed) string { return o.words("label") }),
	}
}

func (o seed) cell() Cell {
	return Cell{seed: o, At: o.words("cell"), Value: optional(o.at("value"), seed.int), Spot: o.at("spot").spot()}
}

func (o seed) rank() Rank { return Rank{seed: o, Name: o.words("rank"), Step: o.intn(7)} }

// bag holds its values in the types that gqlgen looks for, and at times in another.
func (o seed) bag() map[string]any {
	if o.isNil("bag") {
		return nil
	}
	bag := map[string]any{"label": o.words("bag"), "size": o.intn(10), "spots": listUpTo(o, 2, seed.spot)}
	if o.at("inner").intn(3) == 0 {
		bag["place"] = o.at("inner").place()
	}
	if o.chance("broken", o.rates().Errors) {
		bag["label"] = 5
	}
	if !o.isNil("mood") {
		mood := o.mood()
		bag["mood"] = &mood
	}
	return bag
}
